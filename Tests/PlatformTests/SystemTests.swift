import Dispatch
import Glibc
import Platform
import Synchronization
import Testing

@Suite struct SystemTests {
    @Test func timeGoesForwardAndHasItsFormat() {
        let first = Clock.monotonicSeconds()
        #expect(Clock.monotonicSeconds() >= first)
        #expect(Clock.unixSeconds() > 1_700_000_000)
        let stamp = Array(Clock.timestamp().utf8)
        #expect(stamp.count == 24 && stamp[10] == 0x54 && stamp[19] == 0x2e && stamp[23] == 0x5a)
        #expect(Clock.localTime("%Y").utf8.count == 4)
        #expect(Clock.localTime(String(repeating: "%Y", count: 500)).isEmpty)
    }

    @Test func startsANamedThread() {
        let done = DispatchSemaphore(value: 0)
        let name = Mutex("")
        startThread(named: "a-name-that-is-too-long", stack: 1 << 20) {
            if let text = try? FileDescriptor(readingPath: "/proc/thread-self/comm").read(maximumBytes: 64) {
                name.withLock { $0 = String(decoding: text, as: UTF8.self) }
            }
            done.signal()
        }
        done.wait()
        #expect(name.withLock { $0 } == "a-name-that-is-\n")
    }

    @Test func whatAThreadCapturedIsGoneWhenItSaysSo() {
        final class Captured: Sendable {}
        let done = DispatchSemaphore(value: 0)
        let order = Mutex<[Bool]>([])
        weak let seen: Captured?
        do {
            let captured = Captured()
            seen = captured
            startThread(
                named: "captures", stack: 1 << 20,
                released: { [weak captured] in
                    order.withLock { $0.append(captured == nil) }
                    done.signal()
                },
                { [captured] in order.withLock { $0.append(withExtendedLifetime(captured) { true }) } })
        }
        done.wait()
        #expect(order.withLock { $0 } == [true, true] && seen == nil)
    }

    @Test func resolvesAndPrintsAddresses() throws {
        #expect(SocketAddress(host: "[::1]", port: 80).description == "[::1]:80")
        #expect(SocketAddress(host: "127.0.0.1", port: 80).description == "127.0.0.1:80")
        #expect(SocketAddress(host: "localhost", port: 1).isLoopback && SocketAddress(host: "::1", port: 1).isLoopback)
        #expect(!SocketAddress(host: "0.0.0.0", port: 1).isLoopback)
        #expect(throws: Errno.self) {
            _ = try FileDescriptor(listeningAt: SocketAddress(host: "no.such.host.invalid", port: 0), backlog: 1)
        }
        #expect(throws: Errno.self) {
            _ = try FileDescriptor(listeningAt: SocketAddress(host: "192.0.2.1", port: 0), backlog: 1)
        }
    }

    @Test func sendsAndReceives() throws {
        let listener = try FileDescriptor(listeningAt: SocketAddress(host: "127.0.0.1", port: 0), backlog: 4)
        #expect(throws: Errno.self) { _ = try listener.accept() }
        let address = try listener.localAddress()
        #expect(address.host == "127.0.0.1" && address.port > 0)
        let client = try FileDescriptor(connectingTo: address, timeoutSeconds: 60)
        let server = try accepted(listener)
        #expect(try server.peerAddress() == client.localAddress())
        #expect(throws: Errno.self) { _ = try server.receive(maximumBytes: 10) }
        #expect(try client.send([1, 2, 3].span) == 3)
        #expect(try eventuallyReceived(server) == [1, 2, 3])
        #expect(client.peerState() == .open)
        server.shutDownSending()
        #expect(try client.receive(maximumBytes: 10).isEmpty)
        #expect(client.peerState() == .ended)
        #expect(throws: Errno.self) { _ = try server.send([1].span) }
    }

    /// Waits for the connection to reach the accept queue.
    private func accepted(_ listener: borrowing FileDescriptor) throws -> FileDescriptor {
        while true {
            do throws(Errno) { return try listener.accept() } catch { if !error.isWouldBlock { throw error } }
        }
    }

    private func eventuallyReceived(_ socket: borrowing FileDescriptor) throws -> [UInt8] {
        while true {
            do throws(Errno) { return try socket.receive(maximumBytes: 10) } catch {
                if !error.isWouldBlock { throw error }
            }
        }
    }
}
