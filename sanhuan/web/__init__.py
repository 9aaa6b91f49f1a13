"""The edge that speaks HTTP: routes, problems, the stream, the static UI. All of it is thin."""
