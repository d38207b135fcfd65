internal import CSystem
internal import Glibc

/// What a service manager has told this process through its environment.
package struct ServiceEnvironment: Sendable {
    private let variables: [String: String]

    /// Reads the variables that matter through `lookup`.
    package init(lookup: (String) -> String?) {
        var variables: [String: String] = [:]
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS"] {
            variables[name] = lookup(name)
        }
        self.variables = variables
    }

    /// The environment of this process.
    package static var ofProcess: ServiceEnvironment {
        ServiceEnvironment { ProcessEnvironment.value($0) }
    }

    /// Sends one state assignment; failures are of no consequence to the service and are dropped.
    package func notify(_ message: String) {
        guard let path = variables["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return }
        let bytes = Array(message.utf8)
        unsafe _ = sys_notify(path, bytes, bytes.count)
    }

    /// How often the watchdog wants to hear from this process; nil when it is off or meant for another process.
    package var watchdogIntervalSeconds: Double? {
        guard let text = variables["WATCHDOG_USEC"], let microseconds = UInt64(text), microseconds > 0 else {
            return nil
        }
        if let owner = variables["WATCHDOG_PID"], owner != String(getpid()) { return nil }
        return Double(microseconds) * 1e-6
    }

    /// Sockets that systemd opened for this process, in the order of the unit file.
    package var inheritedSockets: [CInt] {
        guard variables["LISTEN_PID"] == String(getpid()), let count = variables["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...64).contains(count)
        else { return [] }
        return (3..<(3 + count)).map { $0 }
    }
}
