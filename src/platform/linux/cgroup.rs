//! Which service, application or container a process belongs to, by its control group.

/// The digits of a container's id that people are shown.
const SHORT_ID: usize = 12;

/// The service, application or container that `/proc/PID/cgroup` (`cgroups(7)`) names, by the
/// rules of systemd's "Desktop Environment Integration": `sshd.service`, `org.gnome.Maps`,
/// `docker-0123456789ab`. `None` for what belongs to none, as a login session's processes.
pub fn service(content: &[u8]) -> Option<String> {
    let path = |accepts: fn(&[u8]) -> bool| {
        content.split(|&byte| byte == b'\n').find_map(|line| {
            let mut parts = line.splitn(3, |&byte| byte == b':');
            let (hierarchy, controllers) = (parts.next()?, parts.next()?);
            let path = parts.next()?;
            accepts(&[hierarchy, b":", controllers].concat()).then_some(path)
        })
    };
    path(|head| head == b"0:")
        .and_then(unit)
        .or_else(|| path(|head| head.ends_with(b":name=systemd")).and_then(unit))
}

fn unit(path: &[u8]) -> Option<String> {
    let path = String::from_utf8_lossy(path);
    let mut components = path.rsplit('/').peekable();
    while let Some(component) = components.next() {
        let above = components.peek().copied().unwrap_or_default();
        if let Some(name) = meaning(component, above) {
            return Some(name);
        }
    }
    None
}

/// What one component stands for, if it stands for anything a person knows.
fn meaning(component: &str, above: &str) -> Option<String> {
    if let Some(stem) = component.strip_suffix(".scope") {
        if stem == "init" || is_session(stem) || stem.starts_with("vte-spawn-") {
            return None;
        }
        if let Some(application) = application(stem, true) {
            return Some(application);
        }
        let machine = || stem.strip_prefix("machine-").map(unescaped);
        return container(stem, above)
            .or_else(machine)
            .or_else(|| Some(component.to_owned()));
    }
    if let Some(stem) = component.strip_suffix(".service") {
        return Some(
            application(stem, false)
                .or_else(|| started_by_bus(stem))
                .unwrap_or_else(|| component.to_owned()),
        );
    }
    if let Some(stem) = component.strip_suffix(".slice") {
        return application(stem, false).filter(|application| application.contains('.'));
    }
    let payload = component.strip_prefix("lxc.payload.").map(str::to_owned);
    payload.or_else(|| container(component, above))
}

/// `KIND-ID` of Docker, Podman and the container runtimes of Kubernetes, or an id below a folder
/// that tells the kind.
fn container(stem: &str, above: &str) -> Option<String> {
    let (kind, id) = match stem.rsplit_once('-') {
        Some(parts) => parts,
        None if above == "docker" => (above, stem),
        None if above.starts_with("pod") => ("kubepods", stem),
        None => return None,
    };
    is_container(id).then(|| format!("{kind}-{}", &id[..SHORT_ID]))
}

/// `app[-LAUNCHER]-ID-RANDOM.scope`, `app[-LAUNCHER]-ID[@RANDOM].service`: the application's id.
/// A dash within one of the parts is written `\x2d`.
fn application(stem: &str, ends_in_random: bool) -> Option<String> {
    let parts = stem.strip_prefix("app-")?;
    let parts = if ends_in_random {
        parts.rsplit_once('-').map_or(parts, |(parts, _)| parts)
    } else {
        parts.split_once('@').map_or(parts, |(parts, _)| parts)
    };
    let id = parts.rsplit('-').next().filter(|id| !id.is_empty())?;
    Some(unescaped(id))
}

/// `dbus-:1.2-NAME@0.service`: what the session bus started.
fn started_by_bus(stem: &str) -> Option<String> {
    let (_, name) = stem.strip_prefix("dbus-:")?.split_once('-')?;
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    (!name.is_empty()).then(|| unescaped(name))
}

fn is_session(stem: &str) -> bool {
    stem.strip_prefix("session-").is_some_and(|number| {
        let digits = number.trim_start_matches('c');
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A container's id: 64 hexadecimal digits.
fn is_container(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Undoes systemd's `\xNN`, `systemd-escape(1)`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        let escaped = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.extend_from_slice(b"\\x");
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn of(path: &str) -> Option<String> {
        service(format!("0::{path}\n").as_bytes())
    }

    #[track_caller]
    fn named(path: &str, name: &str) {
        assert_eq!(of(path).as_deref(), Some(name), "{path}");
    }

    #[test]
    fn services_keep_the_name_their_administrator_knows() {
        named("/system.slice/ssh.service", "ssh.service");
        named(
            "/system.slice/system-getty.slice/getty@tty1.service",
            "getty@tty1.service",
        );
        named("/system.slice/a.service/worker/3", "a.service");
        named(
            "/user.slice/user-7.slice/user@7.service/init.scope",
            "user@7.service",
        );
        named("/system.slice/run-u12.scope", "run-u12.scope");
    }

    #[test]
    fn applications_are_named_by_their_id() {
        let below = "/user.slice/user-7.slice/user@7.service/app.slice/";
        for (unit, id) in [
            ("app-org.gnome.Maps-4711.scope", "org.gnome.Maps"),
            ("app-gnome-org.gnome.Maps-4711.scope", "org.gnome.Maps"),
            ("app-flatpak-org.gnome.Maps-4711.scope", "org.gnome.Maps"),
            ("app-gnome-firefox\\x2desr-4711.scope", "firefox-esr"),
            ("app-gnome\\x2dkeyring@autostart.service", "gnome-keyring"),
            ("app-org.gnome.Maps@0a1b.service", "org.gnome.Maps"),
            (
                "app-org.gnome.Terminal.slice/vte-spawn-1-2-3.scope",
                "org.gnome.Terminal",
            ),
            (
                "dbus-:1.2-org.gnome.Nautilus@0.service",
                "org.gnome.Nautilus",
            ),
        ] {
            named(&format!("{below}{unit}"), id);
        }
    }

    #[test]
    fn containers_are_named_by_the_first_digits_of_their_id() {
        named(
            &format!("/system.slice/docker-{ID}.scope"),
            "docker-0123456789ab",
        );
        named(
            &format!("/machine.slice/libpod-{ID}.scope/container"),
            "libpod-0123456789ab",
        );
        named(&format!("/docker/{ID}"), "docker-0123456789ab");
        named(
            &format!("/libpod_parent/libpod-{ID}"),
            "libpod-0123456789ab",
        );
        named(
            &format!(
                "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod7.slice/cri-containerd-{ID}.scope"
            ),
            "cri-containerd-0123456789ab",
        );
        named(
            &format!("/kubepods/burstable/pod0a1b-2c3d/{ID}"),
            "kubepods-0123456789ab",
        );
        assert_eq!(of(&format!("/x/{ID}")), None);
    }

    #[test]
    fn machines_are_named_as_their_administrator_named_them() {
        named("/lxc.payload.web/system.slice", "web");
        named(
            "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope",
            "qemu-1-web",
        );
        named(
            "/machine.slice/systemd-nspawn@web.service/payload",
            "systemd-nspawn@web.service",
        );
    }

    #[test]
    fn sessions_and_the_root_are_no_service() {
        for path in [
            "/",
            "",
            "/init.scope",
            "/user.slice/user-0.slice/session-3.scope",
            "/x/y",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
        assert_eq!(service(b""), None);
    }

    #[test]
    fn systemds_own_hierarchy_stands_in_for_the_unified_one() {
        let content = b"5:cpu,cpuacct:/x.service\n1:name=systemd:/system.slice/a.service\n0::/\n";
        assert_eq!(service(content).as_deref(), Some("a.service"));
        assert_eq!(service(b"5:cpu,cpuacct:/x.service\n"), None);
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes: Vec<u8>, path in "(/|app-|\\\\x|[é0-9a-f-]{1,3}|@|\\.scope|\\.slice|\\.service|dbus-:){0,20}") {
            service(&bytes);
            of(&path);
        }
    }
}
