# Wrong arguments, in the words of CPython.
import errno
import select
import socket

def t(label, f, *a, **k):
    try:
        r = f(*a, **k)
        print(label, '->', r if not isinstance(r, socket.socket) else 'socket')
    except OSError as e:
        print(label, '!!', type(e).__name__, errno.errorcode.get(e.errno, e.errno) if e.errno and e.errno > 0 else e.errno, e.strerror, e.args[-1])
    except BaseException as e:
        print(label, '!!', type(e).__name__, e.args)
s=socket.socket()
for m in ['bind','connect','connect_ex','listen','send','sendall','sendto','recv','recv_into','recvfrom','recvfrom_into','recvmsg','recvmsg_into','sendmsg','shutdown','settimeout','setblocking','getsockopt','setsockopt','gettimeout','getblocking','fileno','detach','close','getsockname','getpeername','accept','makefile','dup','sendfile']:
    t('%s()'%m, getattr(socket.socket(),m))
    t('%s(1,2,3,4,5,6)'%m, getattr(socket.socket(),m),1,2,3,4,5,6)
for a in ['x', ('127.0.0.1',), ('127.0.0.1','80'), ('127.0.0.1',80,1), ('127.0.0.1',70000), ('127.0.0.1',-1),(1,2),(None,1),('a\0b',1),('127.0.0.1',1.5),('127.0.0.1',2**40),['127.0.0.1',1], ('',0), ('é'*70,1), (b'127.0.0.1',0),(bytearray(b'127.0.0.1'),0),('localhost',0),('127.1',0),('nohost.invalid',1),('256.0.0.1',1),('',)]:
    t('bind %r'%(a,), socket.socket().bind, a)
s6=socket.socket(socket.AF_INET6)
for a in ['x',('::1',),('::1',0),('::1',0,0),('::1',0,0,0),('::1',0,2**20),('::1',70000),('::1',0,-1),('127.0.0.1',0),('::1%lo',0)]:
    t('bind6 %r'%(a,), socket.socket(socket.AF_INET6).bind, a)
su=socket.socket(socket.AF_UNIX)
for a in [1,None,b'',('a',1)]:
    t('bindu %r'%(a,), socket.socket(socket.AF_UNIX).connect, a)
t('send str', s.send, 'abc'); t('sendall str', s.sendall, 'abc'); t('sendto str', s.sendto,'x',('127.0.0.1',1)); t('send notconn', s.send,b'x'); t('recv notconn', s.recv, 1); t('recv neg', s.recv,-1); t('recv str', s.recv,'1'); t('recv float',s.recv,1.0)
t('recv_into bytes', s.recv_into, b'abc'); t('recv_into n', s.recv_into, bytearray(3), 5); t('recv_into neg', s.recv_into, bytearray(3), -5); t('recvfrom neg', s.recvfrom, -1); t('recvfrom_into big', s.recvfrom_into, bytearray(2),3)
t('recvmsg neg', s.recvmsg, -1); t('recvmsg anc', s.recvmsg, 1, -1); t('sendmsg int', s.sendmsg, 1); t('sendmsg str', s.sendmsg, ['a']); t('sendmsg bytes', s.sendmsg, b'ab');t('recvmsg_into int', s.recvmsg_into, 1); t('recvmsg_into bytes', s.recvmsg_into, [b'a'])
t('listen str', s.listen, 'a'); t('listen neg', socket.socket().listen, -1); t('shutdown', s.shutdown, 2); t('shutdown9', s.shutdown, 9)
t('settimeout str', s.settimeout, 'a'); t('settimeout neg', s.settimeout, -1); t('settimeout nan', s.settimeout, float('nan')); t('settimeout inf', s.settimeout, float('inf')); t('settimeout', s.settimeout, 1.5); t('gt', s.gettimeout); t('setblocking str', s.setblocking, 'a'); t('setblocking None', s.setblocking, None)
t('gso', s.getsockopt, 1, 2); t('gso buf', s.getsockopt, 1,2,4); t('gso big', s.getsockopt, 1,2,2000); t('gso unk', s.getsockopt, 1, 9999); t('gso 0', s.getsockopt,1,2,0); t('gso neg', s.getsockopt,1,2,-1); t('gso str', s.getsockopt,'a',2)
t('sso', s.setsockopt,1,2,1); t('sso str', s.setsockopt,1,2,'a'); t('sso None', s.setsockopt,1,2,None); t('sso None len', s.setsockopt,1,2,None,4); t('sso bytes', s.setsockopt,1,2,b'\1\0\0\0');t('sso True', s.setsockopt,1,2,True); t('sso big', s.setsockopt,1,2,2**40)
t('getpeername', s.getpeername); t('getsockname', lambda: s.getsockname()[0]); t('accept nl', s.accept)
c=socket.socket(); c.close()
for m,a in [('recv',(1,)),('send',(b'a',)),('sendall',(b'a',)),('bind',(('127.0.0.1',0),)),('connect',(('127.0.0.1',1),)),('listen',()),('accept',()),('getsockname',()),('fileno',()),('settimeout',(1,)),('shutdown',(2,)),('setsockopt',(1,2,1)),('recvfrom',(1,)),('close',()),('detach',()),('gettimeout',()),('makefile',()),('dup',())]:
    t('closed '+m, getattr(c,m), *a)
print(repr(c)); print(repr(s)); 
for a in [(99,),(2,99),(2,1,99),('a',),(2,'a'),(2,2,6),(2,3),(1,1,5),(2,1,0,'x'),(2,1,0,9999),(2,1,0,-2),(2,1,0,0),(2,1,0,1.5),(1,5),(10,2)]:
    t('socket%r'%(a,), socket.socket, *a)
t('socketpair inet', socket.socketpair, 2)
for f,a in [('getaddrinfo',()),('getaddrinfo',(1,2)),('getaddrinfo',('localhost',[])),('getaddrinfo',('nohost.invalid',80)),('getaddrinfo',(None,None)),('getaddrinfo',('127.0.0.1',80,socket.AF_INET,socket.SOCK_STREAM)),('getaddrinfo',('127.0.0.1','http',0,socket.SOCK_STREAM)),('getaddrinfo',('127.0.0.1','nosuch')),('getaddrinfo',('localhost',80,2,1,0,2)),('getaddrinfo',('127.0.0.1',80,2,1,0,9999999)),('getaddrinfo',('::1',80,2)),('getaddrinfo',('127.0.0.1',80)),('getaddrinfo',('127.0.0.1',-1)),('gethostbyname',('localhost',)),('gethostbyname',('nohost.invalid',)),('gethostbyname',(1,)),('gethostbyname_ex',('localhost',)),('gethostbyname_ex',('127.0.0.1',)),('gethostbyname_ex',('nohost.invalid',)),('gethostbyaddr',('127.0.0.1',)),('gethostbyaddr',('nohost.invalid',)),('getnameinfo',(('127.0.0.1',80),0)),('getnameinfo',(('127.0.0.1',80),3)),('getnameinfo',('x',0)),('getnameinfo',(('localhost',80),0)),('getnameinfo',(('127.0.0.1',70000),0)),('getnameinfo',(('127.0.0.1',),0)),('getnameinfo',(('::1',80,0,0),3)),('getservbyname',('http',)),('getservbyname',('http','tcp')),('getservbyname',('nosuch',)),('getservbyname',('http','xx')),('getservbyport',(80,)),('getservbyport',(80,'tcp')),('getservbyport',(70000,)),('getservbyport',(3,)),('getprotobyname',('tcp',)),('getprotobyname',('xx',)),('if_nametoindex',('lo',)),('if_nametoindex',('nope',)),('if_indextoname',(1,)),('if_indextoname',(99,)),('inet_aton',('127.0.0.1',)),('inet_aton',('x',)),('inet_aton',('1.2',)),('inet_ntoa',(b'1234',)),('inet_ntoa',(b'123',)),('inet_ntoa',('x',)),('inet_pton',(2,'1.2.3.4')),('inet_pton',(2,'x')),('inet_pton',(99,'x')),('inet_pton',(10,'::1')),('inet_ntop',(2,b'1234')),('inet_ntop',(2,b'123')),('inet_ntop',(10,b'1'*16)),('inet_ntop',(99,b'1234')),('htons',(1,)),('htons',(70000,)),('htons',(-1,)),('htonl',(1,)),('htonl',(-1,)),('htons',('a',)),('ntohl',('a',)),('CMSG_LEN',(5,)),('CMSG_SPACE',(5,)),('CMSG_LEN',(-1,)),('setdefaulttimeout',('a',)),('setdefaulttimeout',(-1,)),('close',(-1,)),('close',('a',)),('close',(9999,)),('dup',(9999,)),('fromfd',(9999,2,1))]:
    t('%s%r'%(f,a), getattr(socket,f), *a)
for a in [(),(1,2,3),([],[],[],'x'),([],[],[],-1),([],[],[],0),([s],[],[],0),(['a'],[],[],0),([c],[],[],0),([-1],[],[],0),(None,[],[],0),({s},[],[],0),([],[s],[],0),([],[],[s],0)]:
    t('select%r'%(tuple(str(x)[:20] for x in a),), select.select, *a)
p=select.poll()
t('p.reg', p.register,'a'); t('p.mod', p.modify, 55, 1); t('p.unreg', p.unregister, 55); t('p.poll', p.poll, 0); t('p.poll neg', p.poll, -1) if 0 else None; t('p.reg2', p.register, s); t('p.poll', p.poll, 0); t('p.poll str', p.poll, 'a'); t('p reg ev', p.register, s, 'a'); t('p.reg neg', p.register, s, -1); t('p reg c', p.register, c)
class F:
    def fileno(self): return 'x'
t('fileno str', select.select, [F()],[],[],0)
