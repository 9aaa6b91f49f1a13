"""Files that people upload: kept by their content in the data folder, named by records.

A file is a record of object `file` (name, type, size, digest), made by who uploads it. Records name
it in fields of type file; who sees such a record may have the file.
"""
