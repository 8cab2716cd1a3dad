"""make reply-coverage: writes docs/reply-coverage.md."""

from tests.replies.page import PAGE, page

PAGE.write_text(page())
