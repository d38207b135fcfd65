internal import CSystem
internal import Glibc

/// What systemd is told, by datagrams to `NOTIFY_SOCKET`. Without a service manager nothing happens.
package enum ServiceManager {
    /// The service can do its work.
    package static func ready() { send("READY=1") }
    /// The service has begun to stop.
    package static func stopping() { send("STOPPING=1") }
    /// The service is alive; to be sent at half of `watchdogIntervalSeconds()`.
    package static func watchdogPing() { send("WATCHDOG=1") }

    /// One line for `systemctl status`; line breaks become spaces.
    package static func status(_ text: String) {
        let line = text.utf8.prefix(512).map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }
        send("STATUS=" + String(decoding: line, as: UTF8.self))
    }

    /// Start-up needs `seconds` more before the service manager gives up.
    package static func extendTimeout(seconds: Int) { send("EXTEND_TIMEOUT_USEC=\(seconds)000000") }

    /// How often the watchdog wants to hear from this process; nil when it is off or meant for another process.
    package static func watchdogIntervalSeconds() -> Double? {
        guard let text = environment("WATCHDOG_USEC"), let microseconds = UInt64(text), microseconds > 0 else { return nil }
        if let owner = environment("WATCHDOG_PID"), owner != String(getpid()) { return nil }
        return Double(microseconds) * 1e-6
    }

    /// Sockets that systemd opened for this process, in the order of the unit file.
    package static func inheritedSockets() -> [CInt] {
        guard environment("LISTEN_PID") == String(getpid()), let text = environment("LISTEN_FDS"),
            let count = Int32(text), (1...64).contains(count)
        else { return [] }
        return (3..<(3 + count)).map { $0 }
    }

    /// Sends one state assignment; failures are of no consequence to the service and are dropped.
    private static func send(_ message: String) {
        guard let path = environment("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return }
        let bytes = Array(message.utf8)
        unsafe _ = sys_notify(path, bytes, bytes.count)
    }

    private static func environment(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
