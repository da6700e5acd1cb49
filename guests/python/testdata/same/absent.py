# What the interpreter for WASI lacks, and programs use all the same.
import hashlib
import os
import threading

print(hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 1000).hex())
print(hashlib.pbkdf2_hmac('sha1', b'p' * 100, bytearray(b's'), 3, 50).hex())
for bad in ('sha256', b'', b'', 0), ('sha256', b'', b'', 1, 0):
    try:
        print(hashlib.pbkdf2_hmac(*bad))
    except ValueError as e:
        print(e)
try:
    os.get_terminal_size(os.open('absent.py', os.O_RDONLY))
except OSError as e:
    print(e.strerror)
print(threading.get_native_id() == threading.main_thread().native_id, os.getppid() > 0)
