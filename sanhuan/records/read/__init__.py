"""Reading: the one query composer, which sees to it that each asker reads only what is his."""
