/// What systemd is told, by datagrams to `NOTIFY_SOCKET`. Without a service manager nothing happens.
package enum ServiceManager {
    /// The service can do its work.
    package static func ready() { ServiceEnvironment.ofProcess.notify("READY=1") }

    /// The service has begun to read its settings again; `ready()` follows.
    package static func reloading() {
        let microseconds = UInt64(Clock.monotonicSeconds() * 1e6)
        ServiceEnvironment.ofProcess.notify("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// The service has begun to stop.
    package static func stopping() { ServiceEnvironment.ofProcess.notify("STOPPING=1") }

    /// The service is alive; to be sent at half of `watchdogIntervalSeconds()`.
    package static func watchdogPing() { ServiceEnvironment.ofProcess.notify("WATCHDOG=1") }

    /// One line for `systemctl status`.
    package static func status(_ text: String) { ServiceEnvironment.ofProcess.notify(statusMessage(text)) }

    /// How often the watchdog wants to hear from this process; nil when it is off or meant for another process.
    package static func watchdogIntervalSeconds() -> Double? { ServiceEnvironment.ofProcess.watchdogIntervalSeconds }

    /// Sockets that systemd opened for this process, in the order of the unit file.
    package static func inheritedSockets() -> [CInt] { ServiceEnvironment.ofProcess.inheritedSockets }

    /// A status assignment of at most 512 bytes; line breaks become blanks, so that a text cannot assign anything else.
    package static func statusMessage(_ text: String) -> String {
        let line = text.utf8.prefix(512).map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }
        return "STATUS=" + String(decoding: line, as: UTF8.self)
    }
}
