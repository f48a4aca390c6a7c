//! Processes that send and receive known amounts over TCP, as they are told.

use std::io::{BufRead, Read};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};

use super::role::{self, Role};

/// A process in the role "talking".
pub struct Talker(Role);

impl Talker {
    /// Starts one. It does nothing yet.
    pub fn start() -> Self {
        Self::run(&mut role::command("talking"))
    }

    /// Starts one by a command that [`role`] made for "talking".
    pub fn run(command: &mut Command) -> Self {
        Self(Role::run(command.stdin(Stdio::piped())))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// Has it listen at this address, and read what comes to the end. Gives the port.
    pub fn listen(&mut self, address: IpAddr) -> u16 {
        self.order(&format!("listen {address}"));
        self.0.hear().expect("a port").parse().expect("a port")
    }

    /// Tells it what to do; see [`talk`].
    pub fn order(&mut self, order: &str) {
        self.0.tell(order);
    }

    /// Waits until an order is carried out.
    pub fn done(&mut self) {
        assert_eq!(self.0.hear().as_deref(), Some("done"));
    }

    /// Waits until so many of the connections that came in have ended.
    pub fn ended(&mut self, connections: u64) {
        self.order(&format!("await {connections}"));
        self.done();
    }
}

/// Does what is ordered on stdin: `listen ADDRESS`; `send ADDRESS:PORT COUNT BYTES`, so many in each
/// of so many connections, one after the other; `open ADDRESS:PORT`, then `finish BYTES`; `await
/// COUNT` connections that came in and ended.
pub fn talk() {
    let (tell, ended) = channel();
    let mut open = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("an order");
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["listen", address] => listen(address.parse().expect("an address"), tell.clone()),
            ["send", to, count, bytes] => {
                for _ in 0..number(count) {
                    finish(connect(to), number(bytes));
                }
                role::say("done");
            }
            ["open", to] => {
                open = Some(connect(to));
                role::say("done");
            }
            ["finish", bytes] => {
                finish(open.take().expect("a connection"), number(bytes));
                role::say("done");
            }
            ["await", count] => {
                wait(&ended, number(count));
                role::say("done");
            }
            _ => panic!("the unknown order {line}"),
        }
    }
    std::process::exit(0)
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number")
}

fn connect(to: &str) -> TcpStream {
    let to: SocketAddr = to.parse().expect("an address");
    TcpStream::connect(to).expect("connected")
}

/// Sends so much, and waits for the other end to have it all.
fn finish(mut connection: TcpStream, bytes: u64) {
    send(&mut connection, bytes);
    connection.shutdown(Shutdown::Write).expect("half closed");
    connection
        .read_to_end(&mut Vec::new())
        .expect("the other end closes");
}

fn listen(address: IpAddr, ended: Sender<()>) {
    let listener = TcpListener::bind((address, 0)).expect("a listener");
    role::say(
        &listener
            .local_addr()
            .expect("an address")
            .port()
            .to_string(),
    );
    thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let ended = ended.clone();
            thread::spawn(move || {
                std::io::copy(&mut connection, &mut std::io::sink()).expect("received");
                drop(connection);
                // Nobody may want to know.
                let _ = ended.send(());
            });
        }
    });
}

fn wait(ended: &Receiver<()>, count: u64) {
    for _ in 0..count {
        ended.recv().expect("one more ends");
    }
}

/// Both ends of a connection in this process.
pub fn pair(address: IpAddr) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((address, 0)).expect("a listener");
    let to = listener.local_addr().expect("an address");
    let one = TcpStream::connect(to).expect("connected");
    let (other, _) = listener.accept().expect("accepted");
    (one, other)
}

/// Sends so much.
pub fn send(to: &mut TcpStream, bytes: u64) {
    let sent = std::io::copy(&mut std::io::repeat(7).take(bytes), to);
    assert_eq!(sent.expect("sent"), bytes);
}

/// Sends so much from one end to the other, which reads it.
pub fn pass(from: &mut TcpStream, to: &TcpStream, bytes: u64) {
    thread::scope(|scope| {
        scope.spawn(|| {
            let received = std::io::copy(&mut to.take(bytes), &mut std::io::sink());
            assert_eq!(received.expect("received"), bytes);
        });
        send(from, bytes);
    });
}

/// Lets a megabyte wait in each connection that is accepted, read by nobody.
pub fn make_room(listener: &TcpListener) {
    // An ordinary user gets as much as the system allows.
    if set_socket_recv_buffer_size_force(listener, 2 << 20).is_err() {
        set_socket_recv_buffer_size(listener, 2 << 20).expect("set");
    }
}
