#error epoll is not there in the sandbox: use poll() or select() instead
