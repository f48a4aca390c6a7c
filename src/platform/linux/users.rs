//! Names of users: from /etc/passwd, and for directories of an organisation from `getent(1)`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::SystemTime;

use super::getent;
use crate::model::process::Uid;

/// Names of users. Asking never blocks: what is not in the file is looked up in the background.
pub struct Users {
    file: PathBuf,
    modified: Option<SystemTime>,
    /// Names in the file.
    named: HashMap<Uid, String>,
    /// Names that `getent` gave; `None` while it is at work, and for those that have none.
    looked_up: HashMap<Uid, Option<String>>,
    lookup: Option<Lookup>,
    /// Whether `getent` speaks of the users of this file.
    live: bool,
}

impl Users {
    /// Users of the file `passwd` below `etc`.
    pub fn new(etc: &Path) -> Self {
        Self {
            file: etc.join("passwd"),
            modified: None,
            named: HashMap::new(),
            looked_up: HashMap::new(),
            lookup: None,
            live: etc == Path::new("/etc"),
        }
    }

    /// Takes in what has changed; tells whether names may be others now.
    pub fn refresh(&mut self) -> bool {
        let modified = fs::metadata(&self.file)
            .and_then(|data| data.modified())
            .ok();
        let mut changed = false;
        if modified != self.modified {
            self.modified = modified;
            self.named = fs::read(&self.file).map_or_else(|_| HashMap::new(), |text| parse(&text));
            self.looked_up.clear();
            changed = true;
        }
        if let Some(lookup) = &self.lookup {
            for (uid, name) in lookup.answers.try_iter() {
                changed |= name.is_some();
                self.looked_up.insert(uid, name);
            }
        }
        changed
    }

    /// The name of a user; `None` when there is none, or none yet.
    pub fn name(&mut self, uid: Uid) -> Option<&str> {
        if !self.named.contains_key(&uid) && self.live && !self.looked_up.contains_key(&uid) {
            self.looked_up.insert(uid, None);
            let lookup = self.lookup.get_or_insert_with(|| Lookup::start(getent));
            // A thread that could not be started leaves the number in the name's place.
            let _ = lookup.questions.send(uid);
        }
        let looked_up = || self.looked_up.get(&uid).and_then(Option::as_deref);
        self.named.get(&uid).map(String::as_str).or_else(looked_up)
    }
}

/// Reads `passwd(5)`: of lines with the same number the first counts, as for `getpwuid(3)`.
fn parse(text: &[u8]) -> HashMap<Uid, String> {
    let mut names = HashMap::new();
    for line in text.split(|&byte| byte == b'\n') {
        if let Some((uid, name)) = parse_line(line) {
            names.entry(uid).or_insert(name);
        }
    }
    names
}

fn parse_line(line: &[u8]) -> Option<(Uid, String)> {
    let mut fields = line.split(|&byte| byte == b':');
    let name = fields.next().filter(|name| !name.is_empty())?;
    let uid = std::str::from_utf8(fields.nth(1)?).ok()?.parse().ok()?;
    Some((Uid(uid), String::from_utf8_lossy(name).into_owned()))
}

/// A thread that looks users up, one after the other. It ends with its owner.
struct Lookup {
    questions: Sender<Uid>,
    answers: Receiver<(Uid, Option<String>)>,
}

impl Lookup {
    fn start(look_up: fn(Uid) -> Option<String>) -> Self {
        let (questions, asked) = channel();
        let (answered, answers) = channel();
        // Without a thread the channel is closed, and every question goes unanswered.
        let _ = thread::Builder::new()
            .name("user names".into())
            .spawn(move || {
                for uid in asked {
                    if answered.send((uid, look_up(uid))).is_err() {
                        break;
                    }
                }
            });
        Self { questions, answers }
    }
}

fn getent(uid: Uid) -> Option<String> {
    let text = getent::ask("passwd", &uid.0.to_string())?;
    let (found, name) = parse_line(text.split(|&byte| byte == b'\n').next()?)?;
    (found == uid).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn users(text: &[u8]) -> (tempfile::TempDir, Users) {
        let etc = tempfile::tempdir().expect("a folder");
        fs::write(etc.path().join("passwd"), text).expect("written");
        let mut users = Users::new(etc.path());
        assert!(users.refresh());
        (etc, users)
    }

    #[test]
    fn names_come_from_the_file_and_an_unknown_user_is_nobody_else() {
        let (_etc, mut users) = users(
            b"root:x:0:0::/:/bin/sh\nann:x:1000:1000:Ann:/home/ann:\ntoo:x:1000:1::/:\nbad\n::7\n",
        );
        assert_eq!(users.name(Uid(0)), Some("root"));
        assert_eq!(users.name(Uid(1000)), Some("ann"));
        assert_eq!(users.name(Uid(7)), None);
        assert_eq!(users.name(Uid(4_000_000_000)), None);
        assert!(
            users.lookup.is_none(),
            "a captured file is not completed from this machine"
        );
    }

    #[test]
    fn a_changed_file_is_read_again() {
        let (etc, mut users) = users(b"ann:x:1000:\n");
        assert!(!users.refresh());
        let file = etc.path().join("passwd");
        fs::write(&file, b"eve:x:1000:\n").expect("written");
        let later = SystemTime::now() + Duration::from_mins(1);
        fs::File::options()
            .write(true)
            .open(&file)
            .and_then(|file| file.set_modified(later))
            .expect("touched");
        assert!(users.refresh());
        assert_eq!(users.name(Uid(1000)), Some("eve"));
    }

    #[test]
    fn a_missing_file_names_nobody() {
        let mut users = Users::new(Path::new("/nonexistent"));
        assert!(!users.refresh());
        assert_eq!(users.name(Uid(0)), None);
    }

    #[test]
    fn who_is_not_in_the_file_is_looked_up_in_the_background() {
        let (_etc, mut users) = users(b"");
        users.live = true;
        users.lookup = Some(Lookup::start(|uid| (uid == Uid(5)).then(|| "five".into())));
        assert_eq!(users.name(Uid(5)), None);
        assert_eq!(users.name(Uid(6)), None);
        let mut changed = 0;
        while users.name(Uid(5)).is_none() {
            changed += u32::from(users.refresh());
            thread::yield_now();
        }
        assert_eq!(changed, 1);
        assert_eq!(users.name(Uid(5)), Some("five"));
        assert_eq!(users.name(Uid(6)), None);
    }

    #[test]
    fn getent_knows_root() {
        assert_eq!(getent(Uid(0)).as_deref(), Some("root"));
        assert_eq!(getent(Uid(4_000_000_001)), None);
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>, lines in "([a-zé:0-9]{0,8}\n?){0,10}") {
            parse(&bytes);
            parse(lines.as_bytes());
        }
    }
}
