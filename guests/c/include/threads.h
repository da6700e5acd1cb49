#error threads cannot run in the sandbox: serve several clients with select() or poll() instead
