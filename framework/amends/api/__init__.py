"""The web door: assignments and records by HTTP, the survey page, one process that serves it all."""
