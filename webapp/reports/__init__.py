"""Reports of campaigns: the rows of the uploaded file, each with what became of its text."""
