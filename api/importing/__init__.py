"""Reading an uploaded file of leads as it streams in."""
