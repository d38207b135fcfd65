import Glibc
import Platform
import Testing

@Suite struct ServiceManagerTests {
    /// A datagram socket that stands for systemd's.
    private final class Receiver {
        let number: CInt
        let path: String

        init(path: String) throws {
            self.path = path
            number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
                for (index, byte) in bytes.enumerated() { unsafe room[index] = byte == 0x40 && index == 0 ? 0 : byte }
            }
            let isAbstract = path.hasPrefix("@")
            let length = socklen_t(2 + bytes.count + (isAbstract ? 0 : 1))
            let code = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(number, $0, length) }
            }
            guard code == 0 else { throw Errno.last("bind") }
        }

        func next() -> String {
            var buffer = [UInt8](repeating: 0, count: 2048)
            let count = unsafe recv(number, &buffer, buffer.count, 0)
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }

        deinit {
            close(number)
            if !path.hasPrefix("@") { unsafe unlink(path) }
        }
    }

    private static func environment(_ variables: [String: String]) -> ServiceEnvironment {
        ServiceEnvironment { variables[$0] }
    }

    @Test(arguments: ["/tmp/michat-notify-", "@michat-notify-"])
    func notifies(_ prefix: String) throws {
        let receiver = try Receiver(path: prefix + Randomness.hex(byteCount: 8))
        let environment = Self.environment(["NOTIFY_SOCKET": receiver.path])
        environment.notify("READY=1")
        #expect(receiver.next() == "READY=1")
        environment.notify("WATCHDOG=1")
        #expect(receiver.next() == "WATCHDOG=1")
    }

    @Test func aStatusCannotAssignAnythingElse() {
        #expect(ServiceManager.statusMessage("loading 3/4\nREADY=1") == "STATUS=loading 3/4 READY=1")
        #expect(ServiceManager.statusMessage(String(repeating: "x", count: 9000)).utf8.count == 519)
    }

    /// Nothing to assert but that these return: the service works without a service manager.
    @Test(arguments: [nil, "/nonexistent/socket", "relative", "/", "@", "", "/" + String(repeating: "x", count: 300)])
    func withoutAServiceManagerNothingHappens(_ path: String?) {
        let environment = ServiceEnvironment { $0 == "NOTIFY_SOCKET" ? path : nil }
        environment.notify("READY=1")
        #expect(environment.watchdogIntervalSeconds == nil && environment.inheritedSockets.isEmpty)
    }

    @Test func readsTheWatchdogsInterval() {
        #expect(Self.environment(["WATCHDOG_USEC": "30000000"]).watchdogIntervalSeconds == 30)
        #expect(Self.environment(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]).watchdogIntervalSeconds == nil)
        #expect(
            Self.environment(["WATCHDOG_USEC": "500000", "WATCHDOG_PID": "\(getpid())"]).watchdogIntervalSeconds == 0.5)
        for text in ["0", "-5", "x", ""] {
            #expect(Self.environment(["WATCHDOG_USEC": text]).watchdogIntervalSeconds == nil)
        }
    }

    @Test func takesInheritedSocketsOnlyIfTheyAreForThisProcess() {
        let own = "\(getpid())"
        #expect(Self.environment(["LISTEN_FDS": "2"]).inheritedSockets.isEmpty)
        #expect(Self.environment(["LISTEN_FDS": "2", "LISTEN_PID": "1"]).inheritedSockets.isEmpty)
        #expect(Self.environment(["LISTEN_FDS": "2", "LISTEN_PID": own]).inheritedSockets == [3, 4])
        for text in ["99999999999", "0", "-1", "65", "x"] {
            #expect(Self.environment(["LISTEN_FDS": text, "LISTEN_PID": own]).inheritedSockets.isEmpty)
        }
    }
}
