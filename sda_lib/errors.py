"""The one error type that people see: a clear sentence with the remedy in it."""


class SdaError(Exception):
    """Something the user can mend; the message is one sentence that says what is wrong and what to do."""
