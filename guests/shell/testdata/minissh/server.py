import os
import socket
import subprocess

server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
conn, _ = server.accept()
reader = conn.makefile()
for line in reader:
    line = line.strip()
    if line == 'quit':
        break
    if line.startswith('cd '):
        os.chdir(line[3:])
        conn.sendall(b'0 0\n')
        continue
    done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    conn.sendall(b'%d %d\n' % (done.returncode, len(done.stdout)) + done.stdout)
