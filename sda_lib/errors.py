"""The error type that is shown to users."""


class SdaError(Exception):
    """An error that the user can fix. The message is one sentence that says what is wrong and what to do."""
