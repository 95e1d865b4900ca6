"""Looking at pipelines: drawings of them, traces of single batons, counts and times of many.

Whatever is drawn is a `Drawing` first, which each format prints in its own way. Whatever is heard
of a run comes from the watchers of `piped.processing`.
"""
