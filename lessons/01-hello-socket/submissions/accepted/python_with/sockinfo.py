"""sockinfo with a with statement: the socket closes itself at its end."""
from errno import errorcode
from socket import *

KINDS = {
    "AF_INET": AF_INET, "AF_INET6": AF_INET6, "AF_UNIX": AF_UNIX, "AF_CAN": AF_CAN,
    "SOCK_STREAM": SOCK_STREAM, "SOCK_DGRAM": SOCK_DGRAM, "SOCK_SEQPACKET": SOCK_SEQPACKET,
    "SOCK_RAW": SOCK_RAW, "SOCK_RDM": SOCK_RDM,
}

served = 0
while True:
    try:
        words = input().split(" ")
    except EOFError:
        break
    try:
        with socket(*map(KINDS.get, words)) as s:
            number = s.fileno()
    except OSError as problem:
        print("ERR {} {} {}".format(*words, errorcode[problem.errno]))
    else:
        served += 1
        print("OK {} {} fd={}".format(*words, number))
print("opened=%d closed=%d" % (served, served))
