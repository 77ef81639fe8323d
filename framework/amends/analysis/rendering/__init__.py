"""The forms of a report: text, frame, Markdown, HTML, APA. Each reads a `Report` and decides nothing."""
