#error threads cannot run in the sandbox: serve several clients with select(), poll() or epoll_wait() instead
