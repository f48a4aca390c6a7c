//! Whether /proc shows the processes of other users at all: its mount option `hidepid`.

use super::process_files::ProcessFiles;

/// `CAP_SYS_PTRACE`, `capabilities(7)`: who has it is shown everything.
const CAP_SYS_PTRACE: u32 = 19;

/// Whether processes of others are missing from the list: `hidepid=2` or `4` of `proc(5)`, for
/// somebody without `CAP_SYS_PTRACE` who is not in the group of the option `gid=`. Under
/// `hidepid=1` they are listed, and reading them is denied.
pub fn others_are_hidden(files: &mut ProcessFiles) -> bool {
    let root = files.root().to_string_lossy().into_owned();
    // The mounts and rights of this very thread, which can differ from the process's.
    let mut own = |name: &str| {
        ["thread-self", "self"].iter().find_map(|own| {
            let content = files.read_path(format_args!("{own}/{name}")).ok()?;
            Some(String::from_utf8_lossy(content.bytes).into_owned())
        })
    };
    match (own("mounts"), own("status")) {
        (Some(mounts), Some(status)) => hidden(&mounts, &root, &status),
        _ => false,
    }
}

fn hidden(mounts: &str, root: &str, status: &str) -> bool {
    let options = options(mounts, root).or_else(|| options(mounts, "/proc"));
    let option = |key: &str| {
        let mut options = options?.split(',');
        options.find_map(|option| option.strip_prefix(key)?.strip_prefix('='))
    };
    let hides = matches!(
        option("hidepid"),
        Some("2" | "4" | "invisible" | "ptraceable")
    );
    let exempt = option("gid").is_some_and(|gid| {
        [line(status, "Groups:"), line(status, "Gid:")]
            .iter()
            .any(|line| line.split_ascii_whitespace().any(|group| group == gid))
    });
    let capabilities = u64::from_str_radix(line(status, "CapEff:").trim(), 16).unwrap_or(0);
    hides && !exempt && capabilities & (1 << CAP_SYS_PTRACE) == 0
}

/// Options of the proc file system mounted last at `place`, `fstab(5)`.
fn options<'a>(mounts: &'a str, place: &str) -> Option<&'a str> {
    mounts.lines().rev().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (mounted, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        (mounted == place && kind == "proc").then_some(options)
    })
}

fn line<'a>(status: &'a str, key: &str) -> &'a str {
    let mut lines = status.lines();
    lines.find_map(|line| line.strip_prefix(key)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANN: &str = "Gid:\t7\t7\t7\t7\nGroups:\t7 100 \nCapEff:\t0000000000000000\n";
    const ROOT: &str = "Gid:\t0\t0\t0\t0\nGroups:\t0 \nCapEff:\t000001ffffffffff\n";

    fn mounted(options: &str) -> String {
        format!("/dev/sda / ext4 rw 0 0\nproc /proc proc {options} 0 0\ntmpfs /run tmpfs rw 0 0\n")
    }

    #[test]
    fn only_an_option_that_hides_from_this_user_hides() {
        for (options, ann, root) in [
            ("rw,nosuid", false, false),
            ("rw,hidepid=1", false, false),
            ("rw,hidepid=noaccess", false, false),
            ("rw,hidepid=2", true, false),
            ("rw,hidepid=invisible", true, false),
            ("rw,hidepid=ptraceable", true, false),
            ("rw,gid=100,hidepid=2", false, false),
            ("rw,gid=1000,hidepid=2", true, false),
        ] {
            let mounts = mounted(options);
            assert_eq!(hidden(&mounts, "/proc", ANN), ann, "{options}");
            assert_eq!(hidden(&mounts, "/proc", ROOT), root, "{options}");
        }
    }

    #[test]
    fn the_mount_that_is_read_counts_and_the_last_of_several() {
        let mounts = mounted("rw") + "proc /other proc hidepid=2 0 0\n";
        assert!(hidden(&mounts, "/other", ANN));
        assert!(!hidden(&mounts, "/proc", ANN));
        let mounts = mounted("rw") + "proc /proc proc hidepid=2 0 0\n";
        assert!(hidden(&mounts, "/captured", ANN));
    }

    proptest! {
        #[test]
        fn no_content_panics(mounts: String, status: String) {
            hidden(&mounts, "/proc", &status);
        }
    }
}
