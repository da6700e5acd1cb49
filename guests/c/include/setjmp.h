#error setjmp and longjmp are not there in the sandbox: return error codes instead
