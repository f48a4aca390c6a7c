use proptest::prelude::*;

use super::super::tcp_info::tests::info;
use super::*;
use crate::model::units::Bytes;

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    message_of(7, kind, flags, body)
}

fn message_of(sequence: u32, kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut message = header(kind, body.len(), sequence);
    message[6..8].copy_from_slice(&flags.to_ne_bytes());
    message.extend(body);
    message.resize(message.len().next_multiple_of(4), 0);
    message
}

fn body(family: u8, state: u8, uid: u32, inode: u32) -> Vec<u8> {
    let mut body = vec![family, state, 0, 0];
    body.extend(443_u16.to_be_bytes());
    body.extend(50_000_u16.to_be_bytes());
    let address = |last| match family {
        AF_INET => [127, 0, 0, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        _ => [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last],
    };
    body.extend(address(1));
    body.extend(address(2));
    body.extend(3_u32.to_ne_bytes());
    body.extend(0x11_u32.to_ne_bytes());
    body.extend(0x22_u32.to_ne_bytes());
    body.extend([0; 12]);
    body.extend(uid.to_ne_bytes());
    body.extend(inode.to_ne_bytes());
    assert_eq!(body.len(), INET_DIAG_MSG);
    body
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("short");
    let mut attribute = length.to_ne_bytes().to_vec();
    attribute.extend(kind.to_ne_bytes());
    attribute.extend(value);
    attribute.resize(attribute.len().next_multiple_of(4), 0);
    attribute
}

/// The message that a socket was destroyed through which as much went either way.
pub fn destroyed_socket(traffic: u64) -> Vec<u8> {
    let mut body = body(AF_INET, 7, 0, 0);
    body.extend(attribute(INET_DIAG_INFO, &info(240, traffic, traffic)));
    message(SOCK_DIAG_BY_FAMILY, 0, &body)
}

/// The message of a dump that there is a socket with this inode.
pub fn listed_socket(sequence: u32, flags: u16, inode: u32) -> Vec<u8> {
    message_of(
        sequence,
        TCPDIAG_GETSOCK,
        flags,
        &body(AF_INET, 1, 1000, inode),
    )
}

fn one(datagram: &[u8]) -> Result<Message, DecodeError> {
    let mut messages = Messages::new(datagram, Dump::Tcp);
    let message = messages.next().expect("a message");
    assert_eq!(messages.next(), None);
    message
}

fn socket_of(body: &[u8]) -> SocketCounters {
    match one(&message(TCPDIAG_GETSOCK, 0, body))
        .expect("decoded")
        .content
    {
        Content::Socket(listed) => listed.socket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_socket_is_read_field_by_field() {
    let mut with_attribute = body(AF_INET, 1, 1000, 99);
    with_attribute.extend([12, 0, 21, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for body in [body(AF_INET, 1, 1000, 99), with_attribute] {
        assert_eq!(
            socket_of(&body),
            SocketCounters {
                inode: Some(99),
                uid: Some(Uid(1000)),
                cookie: Some(0x22_0000_0011),
                queues: Some(Queues::default()),
                ..SocketCounters::new(
                    Protocol::Tcp,
                    TcpState::Established,
                    "127.0.0.1:443".parse().expect("an address"),
                    "127.0.0.2:50000".parse().expect("an address")
                )
            }
        );
    }
}

#[test]
fn counters_and_control_group_are_read_from_the_attributes() {
    let mut whole = body(AF_INET, 1, 1000, 99);
    whole.extend(attribute(99, &[1]));
    whole.extend(attribute(INET_DIAG_CGROUP_ID, &7_u64.to_ne_bytes()));
    whole.extend(attribute(INET_DIAG_INFO, &info(232, 5, 6)));
    let Ok(Message {
        content: Content::Socket(listed),
        ..
    }) = one(&message(TCPDIAG_GETSOCK, 0, &whole))
    else {
        panic!("a socket")
    };
    assert_eq!((listed.interface, listed.cgroup), (Some(3), Some(7)));
    let traffic = listed.socket.traffic.expect("counters");
    assert_eq!((traffic.received, traffic.sent), (Bytes(5), Bytes(6)));
    let queues = Queues {
        receive: 0,
        send: 0,
    };
    assert_eq!(listed.socket.queues, Some(queues));

    whole[1] = 10;
    assert_eq!(socket_of(&whole).traffic, None, "one that listens");
    whole[1] = 1;
    whole.truncate(whole.len() - 150);
    assert_eq!(socket_of(&whole).traffic, None, "cut short");
}

#[test]
fn attributes_may_stand_in_any_order() {
    let attributes = [
        attribute(INET_DIAG_INFO, &info(240, 5, 6)),
        attribute(INET_DIAG_CGROUP_ID, &7_u64.to_ne_bytes()),
        attribute(99, &[1]),
    ];
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut whole = body(AF_INET, 1, 1000, 99);
        whole.extend(order.iter().flat_map(|&at| &attributes[at]));
        let content = one(&message(TCPDIAG_GETSOCK, 0, &whole)).map(|it| it.content);
        let Ok(Content::Socket(listed)) = content else {
            panic!("{content:?}")
        };
        assert_eq!(listed.cgroup, Some(7), "{order:?}");
        let traffic = listed.socket.traffic.expect("counters");
        assert_eq!((traffic.received, traffic.sent), (Bytes(5), Bytes(6)));
    }
}

#[test]
fn a_message_cut_short_anywhere_is_truncated_and_takes_none_before_it_along() {
    let first = listed_socket(7, 2, 1);
    let mut datagram = first.clone();
    datagram.extend(listed_socket(7, 2, 2));
    for cut in first.len() + 1..datagram.len() {
        let messages: Vec<_> = Messages::new(&datagram[..cut], Dump::Tcp).collect();
        assert!(
            matches!(messages[..], [Ok(_), Err(DecodeError::Truncated)]),
            "{cut}: {messages:?}"
        );
    }
}

#[test]
fn what_was_destroyed_is_told_apart_from_what_is_not_understood() {
    let mut datagram = destroyed_socket(5);
    datagram.extend(message(1, 0, &[]));
    datagram.extend(message(SOCK_DIAG_BY_FAMILY, 0, &body(AF_INET, 0, 0, 0)));
    let mut closed = Vec::new();
    let unknown = destroyed(&datagram, &mut closed);
    let [socket] = closed.as_slice() else {
        panic!("{closed:?}")
    };
    assert_eq!((socket.cookie, unknown), (0x22_0000_0011, 1));
    assert_eq!(socket.traffic.received, Bytes(5));
}

#[test]
fn a_link_local_address_has_its_interface() {
    let socket = socket_of(&body(AF_INET6, 10, 0, 5));
    assert_eq!(socket.local, "[fe80::1%3]:443".parse().expect("an address"));
    assert_eq!((socket.uid, socket.inode), (Some(Uid(0)), Some(5)));
}

#[test]
fn a_forgotten_owner_is_not_root() {
    let socket = socket_of(&body(AF_INET, 6, 0, 0));
    assert_eq!((socket.uid, socket.inode), (None, None));
    assert_eq!(socket.state, TcpState::TimeWait);
}

#[test]
fn what_ends_a_dump_is_told_apart() {
    let content = |datagram: &[u8]| one(datagram).map(|message| message.content);
    let code = |code: i32| code.to_ne_bytes();
    assert_eq!(
        content(&message(NLMSG_DONE, 2, &code(0))),
        Ok(Content::Done)
    );
    assert_eq!(content(&message(NLMSG_DONE, 2, &[])), Ok(Content::Done));
    assert_eq!(
        content(&message(NLMSG_DONE, 2, &code(-2))),
        Ok(Content::Failed(2))
    );
    assert_eq!(
        content(&message(NLMSG_ERROR, 0, &code(-1))),
        Ok(Content::Failed(1))
    );
    assert_eq!(
        content(&message(NLMSG_ERROR, 0, &code(0))),
        Ok(Content::Other)
    );
    assert_eq!(
        content(&message(NLMSG_ERROR, 0, &[])),
        Err(DecodeError::Truncated)
    );
    assert_eq!(content(&message(1, 0, &[])), Ok(Content::Other));
    let interrupted = one(&message(NLMSG_DONE, DUMP_INTERRUPTED | 2, &code(0)));
    assert!(interrupted.is_ok_and(|message| message.interrupted && message.sequence == 7));
}

#[test]
fn what_is_not_understood_is_an_error() {
    let content = |body: &[u8]| one(&message(TCPDIAG_GETSOCK, 0, body));
    assert_eq!(content(&body(1, 1, 0, 0)), Err(DecodeError::Family(1)));
    assert_eq!(content(&body(AF_INET, 0, 0, 0)), Err(DecodeError::State(0)));
    assert_eq!(
        content(&body(AF_INET, 1, 0, 0)[..71]),
        Err(DecodeError::Truncated)
    );
    let mut short = message(NLMSG_DONE, 0, &[]);
    short[0] = 15;
    assert_eq!(one(&short), Err(DecodeError::Truncated));
}

proptest! {
    #[test]
    fn any_bytes_end(datagram: Vec<u8>) {
        let messages = Messages::new(&datagram, Dump::Udp4).count();
        prop_assert!(messages <= datagram.len() / 4 + 1);
    }

    #[test]
    fn a_damaged_dump_never_panics(
        sockets in prop::collection::vec((1_u8..=12, any::<u32>(), any::<u32>(), any::<bool>()), 0..5),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut datagram: Vec<u8> = sockets
            .iter()
            .flat_map(|&(state, uid, inode, six)| {
                let family = if six { AF_INET6 } else { AF_INET };
                message(SOCK_DIAG_BY_FAMILY, 2, &body(family, state, uid, inode))
            })
            .collect();
        let whole: Vec<_> = Messages::new(&datagram, Dump::Tcp).collect();
        prop_assert_eq!(whole.len(), sockets.len());
        prop_assert!(whole.iter().all(Result::is_ok));

        if !datagram.is_empty() {
            for (place, byte) in damage {
                let place = place.index(datagram.len());
                datagram[place] = byte;
            }
            datagram.truncate(cut.index(datagram.len()));
        }
        for decoded in Messages::new(&datagram, Dump::Tcp) {
            let _: Result<Message, DecodeError> = decoded;
        }
    }
}
