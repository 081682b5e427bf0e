"""Log lines hold no resident's number and no mobile number, not even where a library or a traceback writes them."""

import logging

from portal import masks


class MaskedFormatter(logging.Formatter):
    """Masks the whole line, message, arguments and traceback alike: what a filter would see of it is too little."""

    def format(self, record: logging.LogRecord) -> str:
        return masks.in_text(super().format(record))
