#include <__typedef_fd_set.h>
