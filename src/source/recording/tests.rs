use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use proptest::prelude::*;
use zstd::bulk::Compressor;

use super::format::{CHUNK_HEAD, ChunkHead, FILE_HEAD, Kind, TRAILER, chunk, file_head};
use super::*;
use crate::model::action::Action;
use crate::model::connection::{ConnectionRequest, ConnectionRow, HostNames};
use crate::model::cpu::CpuRow;
use crate::model::disk::{DiskIo, DiskRow, DiskTotals};
use crate::model::history::Series;
use crate::model::network::{NetworkRow, NetworkTotals, SocketCounts};
use crate::model::past::Past;
use crate::model::snapshot::{Cost, Snapshot, SnapshotOf};
use crate::model::system::{SystemSnapshot, SystemTotals};
use crate::model::table::{Direction, Row};
use crate::model::timeline::Timeline;
use crate::model::timeline::tests::{any_snapshots, snapshots};
use crate::model::units::BytesPerSecond;
use crate::platform::Host;
use crate::source::memory::{Limits, Memory};

/// What every table is at one moment.
type Moment = (
    SystemSnapshot,
    SnapshotOf<CpuRow>,
    SnapshotOf<DiskRow>,
    SnapshotOf<NetworkRow>,
);

fn options() -> RecordOptions {
    RecordOptions {
        host: Host {
            name: Some("far".into()),
            kernel: Some("6.1".into()),
        },
        command_lines: true,
    }
}

/// The same processes in every table.
fn moment(cpu: &SnapshotOf<CpuRow>) -> Moment {
    fn like<A: Row, R, T, M>(
        cpu: &SnapshotOf<A>,
        totals: T,
        row: impl Fn(&A) -> R,
    ) -> Snapshot<R, T, M> {
        Snapshot {
            at: cpu.at,
            since_boot: cpu.since_boot,
            elapsed: cpu.elapsed,
            totals,
            rows: cpu.rows.iter().map(row).collect(),
            remainder: Vec::new(),
            degradations: Vec::new(),
            cost: Cost::default(),
        }
    }
    let busy = |row: &CpuRow| row.cpu.map_or(0.0, |cpu| cpu.0);
    let disk = like(cpu, DiskTotals::default(), |row: &CpuRow| DiskRow {
        key: row.key,
        info: Arc::clone(&row.info),
        io: Some(DiskIo {
            read_rate: Some(BytesPerSecond(busy(row))),
            write_rate: None,
            read: Bytes(7),
            written: Bytes(8),
            cancelled: None,
            read_calls: Some(9),
            write_calls: None,
        }),
        past: Past::default(),
    });
    let network = like(cpu, NetworkTotals::default(), |row: &CpuRow| NetworkRow {
        key: row.key,
        info: Arc::clone(&row.info),
        sockets: Some(SocketCounts::default()),
        received_rate: Some(BytesPerSecond(busy(row))),
        sent_rate: None,
        received: Some(Bytes(3)),
        sent: None,
        remotes: Some(vec!["192.0.2.1".into()]),
        ports: Some(vec![443]),
        past: Past::default(),
    });
    let mut system: SystemSnapshot = Snapshot {
        at: cpu.at,
        since_boot: cpu.since_boot,
        elapsed: cpu.elapsed,
        totals: SystemTotals::default(),
        rows: Vec::new(),
        remainder: Vec::new(),
        degradations: Vec::new(),
        cost: Cost::default(),
    };
    system.totals.cpu = cpu.totals.busy;
    (system, cpu.clone(), disk, network)
}

fn replies((system, cpu, disk, network): Moment) -> [Reply; 4] {
    [
        Reply::System(Arc::new(system)),
        Reply::Cpu(Arc::new(cpu)),
        Reply::Disk(Arc::new(disk)),
        Reply::Network(Arc::new(network)),
    ]
}

/// The bytes of a recording of these, and where each of its chunks ends.
fn recorded(all: &[SnapshotOf<CpuRow>], options: &RecordOptions) -> (Vec<u8>, Vec<usize>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it");
    let mut writer = Writer::create(&path, false, options).expect("made");
    let length = || usize::try_from(fs::metadata(&path).expect("there").len()).expect("short");
    let mut ends = vec![length()];
    for snapshot in all {
        for reply in replies(moment(snapshot)) {
            writer.push(&reply).expect("written");
            ends.push(length());
        }
    }
    let saved = writer.finish().expect("written");
    let bytes = fs::read(&path).expect("readable");
    assert_eq!(saved.bytes, Bytes(bytes.len() as u64));
    assert_eq!(saved.snapshots, all.len() as u64);
    (bytes, ends)
}

fn opened(bytes: &[u8]) -> Result<Recording, Refusal> {
    Recording::read(Cursor::new(bytes.to_vec()))
}

const REQUESTS: [Request; 4] = [
    Request::System,
    Request::Cpu { watch: Vec::new() },
    Request::Disk,
    Request::Network {
        names: HostNames::Off,
    },
];

/// All that can be shown of each kind.
fn played(recording: &Recording) -> [Vec<Reply>; 4] {
    let mut player = Player::new(recording.clone());
    REQUESTS.map(|request| {
        let next = || match player.ask(&request) {
            Ok(reply) => Some(reply),
            Err(SourceError::Ended) => None,
            Err(error) => panic!("{error}"),
        };
        std::iter::from_fn(next).collect()
    })
}

/// What was put in, in the same order.
fn expected(all: &[SnapshotOf<CpuRow>]) -> [Vec<Reply>; 4] {
    let mut expected: [Vec<Reply>; 4] = Default::default();
    for snapshot in all {
        for (kind, reply) in expected.iter_mut().zip(replies(moment(snapshot))) {
            kind.push(reply);
        }
    }
    expected
}

/// A recording that fits into few bytes.
fn small() -> Vec<SnapshotOf<CpuRow>> {
    snapshots(2, 3, |n, pid| n % 2 == pid)
}

proptest! {
    #[test]
    fn what_was_recorded_is_shown(all in any_snapshots()) {
        let (bytes, _) = recorded(&all, &options());
        let mut recording = opened(&bytes).expect("whole");
        recording.check();
        prop_assert_eq!(recording.damage(), []);
        prop_assert_eq!(&recording.about().host, &options().host);
        prop_assert_eq!(played(&recording), expected(&all));
        for snapshot in &all {
            let [_, cpu, disk, network] = replies(moment(snapshot));
            for (table, reply) in Table::ALL.into_iter().zip([cpu, disk, network]) {
                let at = snapshot.since_boot;
                let there = recording.ask(&Request::Moment { table, at }).expect("answered");
                prop_assert_eq!(there, Reply::Moment(Some(Box::new(reply))));
            }
        }
        for (request, replies) in REQUESTS.iter().zip(expected(&all)) {
            let last = recording.ask(request).expect("answered");
            prop_assert_eq!(Some(last), replies.last().cloned());
        }
    }

    #[test]
    fn a_flipped_bit_is_never_shown(at in any::<prop::sample::Index>(), bit in 0..8) {
        let all = small();
        let (mut bytes, _) = recorded(&all, &options());
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let Ok(recording) = opened(&bytes) else {
            prop_assert!(at < FILE_HEAD);
            return Ok(());
        };
        recording.check();
        prop_assert!(recording.damage_sentence().is_some());
        for (shown, expected) in played(&recording).iter().zip(expected(&all)) {
            prop_assert!(shown.iter().all(|reply| expected.contains(reply)));
        }
    }

    #[test]
    fn any_bytes_are_borne(
        bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0_u8..9, part in 0_u16..3,
        count in 0_u32..4, start in 0_u64..9, end in 0_u64..9,
    ) {
        prop_assert!(opened(&bytes).is_err());
        // In a whole chunk, they are what somebody else wrote there.
        let head = ChunkHead { kind, part, packed: 0, body: 0, count, start, end, checksum: 0 };
        let mut compressor = Compressor::new(1).expect("made");
        let (_, chunk) = chunk(&mut compressor, head, &bytes).expect("packed");
        let mut recording = opened(&[file_head().as_slice(), &chunk].concat()).expect("a recording");
        recording.check();
        played(&recording);
        for table in Table::ALL {
            let range = Request::Range { table, from: Duration::ZERO, to: Duration::MAX };
            recording.ask(&range).expect("answered");
        }
        let samples = Request::Samples { since: Duration::ZERO, most: 10 };
        recording.ask(&samples).expect("answered");
        prop_assert!(recording.damage_sentence().is_some());
    }
}

#[test]
fn what_is_cut_anywhere_gives_all_that_was_whole_before() {
    let all = small();
    let (bytes, ends) = recorded(&all, &options());
    for length in 0..bytes.len() {
        let recording = match opened(&bytes[..length]) {
            Ok(recording) => recording,
            Err(refusal) => {
                assert!(length < FILE_HEAD, "{length}: {refusal}");
                assert!(!refusal.to_string().is_empty());
                continue;
            }
        };
        assert!(recording.damage_sentence().is_some(), "{length}");
        // The first chunk is about the recording itself.
        let whole = ends.iter().skip(1).filter(|end| **end <= length).count();
        let shown = played(&recording);
        assert_eq!(shown.iter().map(Vec::len).sum::<usize>(), whole, "{length}");
        for (shown, expected) in shown.iter().zip(expected(&all)) {
            assert_eq!(*shown, expected[..shown.len()], "{length}");
        }
    }
}

#[test]
fn behind_damage_it_goes_on_with_the_next_block() {
    let all = snapshots(3, 200, |n, pid| n % 3 == pid);
    let (mut bytes, ends) = recorded(&all, &options());
    // The second snapshot by CPU, and the head of the tenth by disk.
    bytes[ends[6] - 1] ^= 1;
    bytes[ends[4 * 9 + 2] + 1] ^= 1;
    // Neither trailer nor index are needed.
    for end in [bytes.len(), bytes.len() - TRAILER] {
        let mut recording = opened(&bytes[..end]).expect("a recording");
        recording.check();
        let [system, cpu, disk, network] = played(&recording);
        assert_eq!([system.len(), network.len()], [200, 200]);
        // 32 snapshots are a block.
        assert_eq!([cpu.len(), disk.len()], [200 - 31, 200 - 23]);
        let [_, all_cpu, _, _] = expected(&all);
        assert_eq!(cpu[0], all_cpu[0]);
        assert_eq!(cpu[1..], all_cpu[32..]);
        let at = all[20].since_boot;
        let table = Table::Cpu;
        let there = recording.ask(&Request::Moment { table, at });
        let before = Reply::Moment(Some(Box::new(all_cpu[0].clone())));
        assert_eq!(there.expect("answered"), before);
        let sentence = recording.damage_sentence().expect("damaged");
        assert!(sentence.contains("damaged"), "{sentence}");
    }
}

#[test]
fn what_is_no_recording_or_of_a_later_version_is_refused() {
    let (mut bytes, _) = recorded(&small(), &options());
    let refused = |bytes: &[u8]| opened(bytes).err().expect("refused");
    assert!(matches!(refused(b""), Refusal::Empty));
    assert!(matches!(refused(b"SysMon"), Refusal::Foreign));
    assert!(matches!(refused(&[b'x'; 5000]), Refusal::Foreign));
    bytes[8] = 2;
    let newer = refused(&bytes);
    assert!(matches!(newer, Refusal::Newer { version: 2 }));
    assert!(newer.to_string().contains("newer"), "{newer}");
    let missing = Recording::open(Path::new("/nowhere/at all")).err();
    let missing = missing.expect("it is not there").to_string();
    assert!(missing.contains("/nowhere/at all"), "{missing}");
}

#[test]
fn what_would_take_much_memory_takes_none() {
    let head = |body| ChunkHead {
        kind: Kind::Cpu as u8,
        part: 0,
        packed: 0,
        body,
        count: 1,
        start: 0,
        end: 1,
        checksum: 0,
    };
    let file = |chunk: &[u8]| opened(&[file_head().as_slice(), chunk].concat());
    // It says so.
    let huge = ChunkHead {
        packed: u32::MAX,
        ..head(u32::MAX)
    };
    let announced = file(&huge.bytes()).expect("a recording");
    assert!(matches!(announced.damage()[..], [Damage::CutShort { .. }]));
    // It does not say so: 64 MiB of zeros, and 4 GiB that begin as they do.
    let mut compressor = Compressor::new(1).expect("made");
    let (_, mut bomb) = chunk(&mut compressor, head(0), &vec![0; 64 << 20]).expect("packed");
    assert!(bomb.len() < 10_000);
    let packed = bomb.split_off(CHUNK_HEAD);
    let lying = ChunkHead {
        packed: u32::try_from(packed.len()).expect("short"),
        checksum: crc32fast::hash(&packed),
        ..head(1000)
    };
    bomb = [lying.bytes().as_slice(), &packed].concat();
    let recording = file(&bomb).expect("a recording");
    assert!(played(&recording).iter().all(Vec::is_empty));
    let malformed = |damage: &Damage| matches!(damage, Damage::Malformed { .. });
    assert!(recording.damage().iter().any(malformed));
}

/// A file of 5 GB in which nothing stands but a beginning and an end, and what was read of it at
/// once.
struct Sparse {
    parts: [(u64, Vec<u8>); 2],
    length: u64,
    at: u64,
    most: Arc<AtomicUsize>,
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.most.fetch_max(buffer.len(), Ordering::Relaxed);
        let part = self.parts.iter().find_map(|(start, bytes)| {
            let skipped = usize::try_from(self.at.checked_sub(*start)?).ok()?;
            bytes.get(skipped..).filter(|rest| !rest.is_empty())
        });
        let length = match part {
            Some(mut part) => part.read(buffer)?,
            None => buffer.len().min(1 << 16),
        };
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn a_large_file_with_holes_takes_no_memory_for_them() {
    let head = ChunkHead {
        kind: Kind::Cpu as u8,
        part: 0,
        packed: u32::MAX,
        body: 1000,
        count: 1,
        start: 0,
        end: 1,
        checksum: 0,
    };
    let entry = head.entry(FILE_HEAD as u64);
    let index = ChunkHead {
        kind: Kind::Index as u8,
        ..head
    };
    let list = postcard::to_stdvec(&[entry].as_slice()).expect("coded");
    let mut compressor = Compressor::new(1).expect("made");
    let (_, mut end) = chunk(&mut compressor, index, &list).expect("packed");
    let place = entry.at + CHUNK_HEAD as u64 + u64::from(head.packed);
    end.extend(format::trailer(place));
    let most = Arc::new(AtomicUsize::new(0));
    let recording = Recording::read(Sparse {
        length: place + end.len() as u64,
        parts: [
            (0, [file_head().as_slice(), &head.bytes()].concat()),
            (place, end),
        ],
        at: 0,
        most: Arc::clone(&most),
    });
    let recording = recording.expect("a recording");
    assert_eq!(recording.snapshots(Table::Cpu), 1, "its index was read");
    assert!(played(&recording).iter().all(Vec::is_empty));
    assert!(matches!(recording.damage()[..], [Damage::Malformed { .. }]));
    let most = most.load(Ordering::Relaxed);
    assert!(most <= 128 << 20, "{most} bytes at once");
}

#[test]
fn a_stretch_of_time_and_the_graphs_are_those_of_a_memory() {
    let all = snapshots(3, 150, |n, pid| n % 3 == pid);
    let (bytes, _) = recorded(&all, &options());
    let mut recording = opened(&bytes).expect("whole");
    let mut timeline = Timeline::<CpuRow>::new(Bytes(1 << 24));
    for snapshot in &all {
        timeline.push(snapshot);
    }
    let (from, to) = (all[40].since_boot, all[120].since_boot);
    let range = Request::Range {
        table: Table::Cpu,
        from,
        to,
    };
    let Reply::Range(Some(range)) = recording.ask(&range).expect("answered") else {
        panic!("it is in it")
    };
    let expected = timeline.range(from, to).expect("remembered");
    assert_eq!(range.table, Reply::Cpu(Arc::new(expected)));
    assert!(range.before.is_some());
    let since = Duration::ZERO;
    let samples = Request::Samples { since, most: 1000 };
    let Reply::Samples {
        samples,
        remembered,
    } = recording.ask(&samples).expect("answered")
    else {
        panic!("there are graphs")
    };
    assert_eq!(samples.len(), 150);
    assert_eq!(
        samples[7].value(Series::Cpu),
        all[7].totals.busy.map(|cpu| cpu.0)
    );
    assert_eq!(remembered.map(|it| it.span), timeline.span());
    let connections = Request::Connections(ConnectionRequest {
        filter: String::new(),
        sort: ConnectionRow::DEFAULT_SORT.to_owned(),
        direction: Direction::Descending,
        limit: None,
        process: None,
        names: HostNames::Off,
    });
    assert!(matches!(
        recording.ask(&connections),
        Err(SourceError::NotRecorded)
    ));
    for acts in [Request::Choose(Vec::new()), Request::Act(Action::Kill)] {
        assert!(matches!(recording.ask(&acts), Err(SourceError::Replayed)));
    }
}

/// Answers with one snapshot after the other.
struct Scripted(Vec<SnapshotOf<CpuRow>>, [usize; 4]);

impl Source for Scripted {
    fn ask(&mut self, request: &Request) -> Result<Reply, SourceError> {
        let Some(kind) = REQUESTS
            .iter()
            .position(|it| std::mem::discriminant(it) == std::mem::discriminant(request))
        else {
            return Err(SourceError::NotRecorded);
        };
        let next = self.0.get(self.1[kind]).ok_or(SourceError::Ended)?;
        self.1[kind] += 1;
        Ok(replies(moment(next))[kind].clone())
    }
}

fn memory(all: Vec<SnapshotOf<CpuRow>>) -> Memory {
    let rounds = all.len();
    let open = move || -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Scripted(all.clone(), [0; 4])))
    };
    let limits = Limits {
        interval: Duration::ZERO,
        ..Limits::default()
    };
    let mut memory = Memory::new(open, limits);
    for _ in 0..rounds {
        memory.ask(&Request::Remember).expect("read");
    }
    memory
}

#[test]
fn what_is_remembered_is_saved_whole_or_not_at_all() {
    let all = snapshots(3, 150, |n, pid| n % 3 == pid);
    let memory = memory(all.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it.smrec");
    let saved = memory.save(&path, &options()).expect("written");
    assert_eq!(saved.snapshots, 150);
    assert_eq!(saved.span, all[149].since_boot);
    let recording = Recording::open(&path).expect("a recording");
    recording.check();
    assert_eq!(recording.damage(), []);
    let [system, cpu, disk, network] = played(&recording);
    let [_, all_cpu, all_disk, all_network] = expected(&all);
    assert_eq!((cpu, disk, network), (all_cpu, all_disk, all_network));
    let Some(Reply::System(system)) = system.get(149) else {
        panic!("there are graphs")
    };
    assert_eq!(system.totals.cpu, all[149].totals.busy);

    // Again, in its place.
    memory.save(&path, &options()).expect("written");
    let nowhere = memory.save(&folder.path().join("no/where"), &options());
    assert!(matches!(nowhere, Err(RecordError::Write { .. })));
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).expect("made");
    let onto_a_folder = memory
        .save(&taken, &options())
        .expect_err("a folder is there");
    assert!(
        onto_a_folder.to_string().contains("taken"),
        "{onto_a_folder}"
    );
    memory.set_remembering(false);
    let mut left: Vec<_> = fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(left.len(), 2, "{left:?}");
    left.clear();
    let empty = self::memory(Vec::new()).save(&path, &options());
    assert!(matches!(empty, Err(RecordError::Nothing)));
}

#[test]
fn arguments_can_be_left_out() {
    let hidden = RecordOptions {
        command_lines: false,
        ..options()
    };
    let all = small();
    let (bytes, _) = recorded(&all, &hidden);
    let recording = opened(&bytes).expect("whole");
    assert!(!recording.about().command_lines);
    let [_, cpu, ..] = played(&recording);
    assert_eq!(cpu.len(), all.len());
    for reply in cpu {
        let Reply::Cpu(snapshot) = reply else {
            panic!("by CPU")
        };
        for row in &snapshot.rows {
            assert!(row.info.name.starts_with("program"));
            assert!(row.info.command_line.is_empty());
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("it");
    memory(all).save(&path, &hidden).expect("written");
    let bytes = fs::read(&path).expect("readable");
    assert!(!unpacked(&bytes).windows(7).any(|it| it == b"--serve"));
    let (bytes, _) = recorded(&small(), &options());
    assert!(unpacked(&bytes).windows(7).any(|it| it == b"--serve"));
}

/// All bodies of a recording.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut at = FILE_HEAD;
    while let Some(head) = bytes[at..].first_chunk().and_then(ChunkHead::parse) {
        at += CHUNK_HEAD;
        let packed = &bytes[at..at + head.packed as usize];
        all.extend(zstd::bulk::decompress(packed, head.body as usize).expect("whole"));
        at += packed.len();
    }
    assert_eq!(at, bytes.len() - TRAILER);
    all
}

/// Run by hand when the format gets a new version, before that is released.
#[test]
#[ignore = "writes the fixture that the next test reads"]
fn the_fixture_is_written() {
    let (bytes, _) = recorded(&snapshots(5, 70, |n, pid| n % 5 == pid), &options());
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/recording/version-1.smrec"
    );
    fs::write(path, bytes).expect("written");
}

/// The values of version 1 must be read for ever: where this fails, a type of the model changed its
/// coded form, and the version of the format has to grow.
#[test]
fn the_first_version_is_read() {
    const FILE: &[u8] = include_bytes!("../../../tests/fixtures/recording/version-1.smrec");
    let recording = opened(FILE).expect("a recording");
    recording.check();
    assert_eq!(recording.damage(), []);
    assert_eq!(recording.about().host, options().host);
    assert!(recording.about().began > Timestamp::UNIX_EPOCH);
    assert_eq!(
        played(&recording),
        expected(&snapshots(5, 70, |n, pid| n % 5 == pid))
    );
}
