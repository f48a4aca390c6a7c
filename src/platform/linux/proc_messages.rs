//! Messages of the kernel's process connector, `linux/connector.h` and `linux/cn_proc.h`.

/// `NLMSG_DONE`: the kind of every message of a connector.
const DONE: u16 = 3;
/// `sizeof(struct nlmsghdr)`.
const NETLINK_HEADER: usize = 16;
/// `sizeof(struct cn_msg)`.
const CONNECTOR_HEADER: usize = 20;
/// `CN_IDX_PROC` and `CN_VAL_PROC`: what the messages of processes are called.
const PROCESSES: (u32, u32) = (1, 1);
/// Where the data of an event begins: `event_data` of `struct proc_event`.
const DATA: usize = 16;

/// `PROC_EVENT_FORK`.
const FORK: u32 = 1;
/// `PROC_EVENT_EXEC`.
const EXEC: u32 = 2;
/// `PROC_EVENT_EXIT`.
const EXIT: u32 = 0x8000_0000;

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It came into being.
    Forked {
        /// Who started it.
        parent: u32,
        /// Which one.
        child: u32,
    },
    /// It started a thread.
    Thread {
        /// Which one.
        process: u32,
        /// The thread's id.
        thread: u32,
    },
    /// It runs another program than before.
    Executed {
        /// Which one.
        process: u32,
    },
    /// It ended.
    Ended {
        /// Which one.
        process: u32,
        /// Its parent at that time; `None` where the kernel does not tell (before Linux 4.18), or
        /// nobody waits for it.
        parent: Option<u32>,
    },
}

/// What is asked of the kernel, `enum proc_cn_mcast_op`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// All events, `PROC_CN_MCAST_LISTEN`.
    All,
    /// Only those that are understood here. Kernels before Linux 6.6 pass over it.
    Understood,
    /// None, `PROC_CN_MCAST_IGNORE`.
    Nothing,
}

impl Ask {
    /// The message that asks it.
    pub fn message(self) -> Vec<u8> {
        let content: &[u32] = match self {
            Self::All => &[1],
            // `struct proc_input`.
            Self::Understood => &[1, FORK | EXEC | EXIT],
            Self::Nothing => &[2],
        };
        let size = size_of_val(content);
        let length = NETLINK_HEADER + CONNECTOR_HEADER + size;
        let mut message = Vec::with_capacity(length);
        message.extend(u32::try_from(length).unwrap_or_default().to_ne_bytes());
        message.extend(DONE.to_ne_bytes());
        // No flags, sequence and port; then which connector, its sequence and acknowledgement.
        message.extend([0; 10]);
        message.extend(PROCESSES.0.to_ne_bytes());
        message.extend(PROCESSES.1.to_ne_bytes());
        message.extend([0; 8]);
        message.extend(u16::try_from(size).unwrap_or_default().to_ne_bytes());
        message.extend([0; 2]);
        message.extend(content.iter().flat_map(|number| number.to_ne_bytes()));
        message
    }
}

/// The events in a datagram. What is not understood is passed over, and what is cut off is left.
pub fn events(datagram: &[u8]) -> impl Iterator<Item = Event> {
    let mut rest = datagram;
    std::iter::from_fn(move || next_message(&mut rest)).filter_map(event)
}

/// Takes the next message off.
fn next_message<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(rest, 0)?).ok()?;
    if length < NETLINK_HEADER {
        return None;
    }
    let message = rest.get(..length)?;
    *rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some(message)
}

fn event(message: &[u8]) -> Option<Event> {
    let connector = message.get(NETLINK_HEADER..)?;
    if (number(connector, 0)?, number(connector, 4)?) != PROCESSES {
        return None;
    }
    let length: [u8; 2] = connector.get(16..18)?.try_into().ok()?;
    let event = connector.get(CONNECTOR_HEADER..)?;
    let event = event.get(..u16::from_ne_bytes(length).into())?;
    let field = |at: usize| number(event, DATA + at * 4);
    match number(event, 0)? {
        FORK => {
            let (parent, thread, process) = (field(1)?, field(2)?, field(3)?);
            Some(if thread == process {
                Event::Forked {
                    parent,
                    child: process,
                }
            } else {
                Event::Thread { process, thread }
            })
        }
        EXEC => Some(Event::Executed { process: field(1)? }),
        EXIT => {
            let (thread, process) = (field(0)?, field(1)?);
            let parent = field(5).filter(|&parent| parent != 0);
            (thread == process).then_some(Event::Ended { process, parent })
        }
        _ => None,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message of this kind with these numbers as its data.
    pub fn message(what: u32, data: &[u32]) -> Vec<u8> {
        let size = DATA + data.len() * 4;
        let length = NETLINK_HEADER + CONNECTOR_HEADER + size;
        let mut message = u32::try_from(length).expect("short").to_ne_bytes().to_vec();
        message.extend(DONE.to_ne_bytes());
        message.extend([0; 10]);
        message.extend([1_u32.to_ne_bytes(), 1_u32.to_ne_bytes()].concat());
        message.extend([0; 8]);
        message.extend(u16::try_from(size).expect("short").to_ne_bytes());
        message.extend([0; 2]);
        message.extend(what.to_ne_bytes());
        message.extend([0; 12]);
        message.extend(data.iter().flat_map(|number| number.to_ne_bytes()));
        message
    }

    fn all(datagram: &[u8]) -> Vec<Event> {
        events(datagram).collect()
    }

    #[test]
    fn processes_are_told_from_threads() {
        let datagram = [
            message(FORK, &[9, 8, 11, 11]),
            message(FORK, &[9, 8, 12, 11]),
            message(EXEC, &[11, 11]),
            message(0x200, &[11, 11, 0, 0, 0, 0]),
            message(EXIT, &[12, 11, 0, 0, 8, 8]),
            message(EXIT, &[11, 11, 0, 17, 9, 8]),
        ]
        .concat();
        assert_eq!(
            all(&datagram),
            [
                Event::Forked {
                    parent: 8,
                    child: 11
                },
                Event::Thread {
                    process: 11,
                    thread: 12
                },
                Event::Executed { process: 11 },
                Event::Ended {
                    process: 11,
                    parent: Some(8)
                },
            ]
        );
    }

    #[test]
    fn an_end_without_a_parent_is_one_all_the_same() {
        for data in [&[11, 11, 0, 17][..], &[11, 11, 0, 17, 0, 0]] {
            let ended = Event::Ended {
                process: 11,
                parent: None,
            };
            assert_eq!(all(&message(EXIT, data)), [ended]);
        }
    }

    #[test]
    fn messages_of_others_are_passed_over() {
        let mut other = message(EXEC, &[11, 11]);
        other[NETLINK_HEADER] = 2;
        other.extend(message(EXEC, &[12, 12]));
        assert_eq!(all(&other), [Event::Executed { process: 12 }]);
    }

    #[test]
    fn what_is_asked_has_the_length_it_tells() {
        for (ask, length) in [(Ask::All, 40), (Ask::Understood, 44), (Ask::Nothing, 40)] {
            let message = ask.message();
            assert_eq!(message.len(), length);
            assert_eq!(number(&message, 0), u32::try_from(length).ok());
            assert_eq!(usize::from(message[NETLINK_HEADER + 16]), length - 36);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(all(&bytes).len() <= bytes.len() / NETLINK_HEADER);
        }

        #[test]
        fn what_is_cut_off_or_bent_costs_no_more_than_its_own(
            data in prop::collection::vec(any::<u32>(), 0..8),
            kind in prop::sample::select(vec![FORK, EXEC, EXIT, 0, 0x200]),
            cut in 0_usize..120,
            bent in (0_usize..120, any::<u8>()),
        ) {
            let good = message(EXEC, &[5, 5]);
            let mut datagram = [good.clone(), message(kind, &data)].concat();
            if let Some(byte) = datagram.get_mut(good.len() + bent.0) {
                *byte = bent.1;
            }
            datagram.truncate(good.len() + cut);
            prop_assert_eq!(events(&datagram).next(), Some(Event::Executed { process: 5 }));
            prop_assert!(all(&datagram).len() <= 1 + cut / NETLINK_HEADER);
        }
    }
}
