"""Tracebacks without the frames of the sandbox's files, as those of C have
none."""

OURS = '<socklab>'


def ours(frame):
    """Whether a frame is of the sandbox and not of the program."""
    return frame.f_code.co_filename.startswith(OURS)


def trim(error, seen=None):
    """Take the sandbox's frames out of an exception's traceback, and out of
    those of its causes."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return error
    seen.add(id(error))
    first = tb = error.__traceback__
    while first is not None and ours(first.tb_frame):
        first = tb = first.tb_next
    while tb is not None:
        rest = tb.tb_next
        while rest is not None and ours(rest.tb_frame):
            rest = rest.tb_next
        if rest is not tb.tb_next:
            tb.tb_next = rest
        tb = rest
    error.__traceback__ = first
    trim(error.__cause__, seen)
    trim(error.__context__, seen)
    for e in getattr(error, 'exceptions', ()) if isinstance(error, BaseExceptionGroup) else ():
        trim(e, seen)
    return error


def patch():
    import traceback
    extract = traceback.StackSummary._extract_from_extended_frame_gen.__func__

    def without_ours(cls, frames, **options):
        return extract(cls, ((f, at) for f, at in frames if not ours(f)), **options)
    traceback.StackSummary._extract_from_extended_frame_gen = classmethod(without_ours)
