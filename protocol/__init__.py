"""The wire language of the Non-Agent API: pure, no input or output, imports nothing of ours."""
