"""Complaints about arguments, in the words of CPython's C code."""


def exactly_one(name, given):
    return TypeError('socket.%s() takes exactly one argument (%d given)' % (name, given))


def none(name, given):
    return TypeError('socket.%s() takes no arguments (%d given)' % (name, given))


def between(name, least, most, given):
    """TypeError for a number of arguments outside [least, most]."""
    if least == most:
        word, n = 'exactly', least
    elif given < least:
        word, n = 'at least', least
    else:
        word, n = 'at most', most
    return TypeError('%s() takes %s %d argument%s (%d given)' % (name, word, n, '' if n == 1 else 's', given))


def integer(value):
    """The value of a C int, long or Py_ssize_t parameter."""
    if type(value) is int:
        return value
    try:
        index = type(value).__index__
    except AttributeError:
        raise TypeError("'%s' object cannot be interpreted as an integer" % type(value).__name__) from None
    return index(value)


def c_int(value):
    """The same, if it fits."""
    value = integer(value)
    if value >= 1 << 31:
        raise OverflowError('signed integer is greater than maximum')
    if value < -1 << 31:
        raise OverflowError('signed integer is less than minimum')
    return value


def buffer(data):
    """The bytes of a parameter that takes a bytes-like object."""
    if type(data) is bytes:
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError("a bytes-like object is required, not '%s'" % type(data).__name__) from None
    return view.cast('B') if view.contiguous else bytes(view)


def room(data, name):
    """A view of a buffer to fill."""
    try:
        view = memoryview(data)
        if not view.readonly and view.contiguous:
            return view.cast('B')
    except TypeError:
        pass
    raise TypeError('%s() argument 1 must be read-write bytes-like object, not %s' % (name, type(data).__name__))
