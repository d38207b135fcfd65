internal import CSystem
internal import Glibc

/// TCP on owned descriptors. Sends never raise SIGPIPE.
extension FileDescriptor {
    /// A non-blocking socket that listens at `address`; up to `backlog` connections wait to be accepted.
    /// - Throws: `Errno` of the system call that failed.
    package init(listeningAt address: SocketAddress, backlog: Int) throws(Errno) {
        let result = unsafe sys_listen(address.host, address.port, CInt(clamping: backlog))
        guard result >= 0 else { throw Errno(code: -result, call: "listen") }
        self.init(owning: result)
    }

    /// A listening socket that another process opened for this one.
    /// - Throws: `Errno` of the system call that failed.
    package init(adoptingListener number: CInt) throws(Errno) {
        let code = sys_adopt_listener(number)
        guard code == 0 else { throw Errno(code: code, call: "inherited socket") }
        self.init(owning: number)
    }

    /// A blocking socket connected to `address`; the timeout bounds connecting and each later send and receive.
    /// - Throws: `Errno` of the system call that failed.
    package init(connectingTo address: SocketAddress, timeoutSeconds: Int) throws(Errno) {
        let result = unsafe sys_connect(address.host, address.port, CInt(clamping: timeoutSeconds))
        guard result >= 0 else { throw Errno(code: -result, call: "connect") }
        self.init(owning: result)
    }

    /// Accepts the next waiting connection, non-blocking and without delay of small packets.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func accept() throws(Errno) -> FileDescriptor {
        let result = sys_accept(raw)
        guard result >= 0 else { throw Errno(code: -result, call: "accept") }
        return FileDescriptor(owning: result)
    }

    /// Receives up to `maximumBytes`; an empty array means that the peer has ended its sending side.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func receive(maximumBytes: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let raw = raw
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximumBytes) { buffer, count in
            do throws(Errno) {
                count = try retryingInterrupts("recv") { unsafe recv(raw, buffer.baseAddress, buffer.count, 0) }
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Sends what the kernel takes of `bytes`; returns how many.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func send(_ bytes: Span<UInt8>) throws(Errno) -> Int {
        let raw = raw
        return try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(Errno) in
            try retryingInterrupts("send") {
                unsafe Glibc.send(raw, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
            }
        }
    }

    /// What the other end of a connected socket has done.
    package enum PeerState: Sendable {
        /// Nothing: it may still send.
        case open
        /// It has ended its sending side.
        case ended
        /// It has reset the connection.
        case gone
    }

    /// What the peer has done so far, however many bytes still wait to be received; takes nothing and never blocks.
    package borrowing func peerState() -> PeerState {
        switch sys_peer_state(raw) {
        case 0: .open
        case 1: .ended
        default: .gone
        }
    }

    /// Ends the sending side; the peer reads to the end and still can send.
    package borrowing func shutDownSending() { _ = shutdown(raw, CInt(SHUT_WR)) }

    /// The address that the socket is bound to.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func localAddress() throws(Errno) -> SocketAddress { try address(ofPeer: false) }

    /// The address of the other end.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func peerAddress() throws(Errno) -> SocketAddress { try address(ofPeer: true) }

    private borrowing func address(ofPeer peer: Bool) throws(Errno) -> SocketAddress {
        var host = [CChar](repeating: 0, count: 64)
        var port: UInt16 = 0
        let code = unsafe sys_socket_address(raw, peer ? 1 : 0, &host, host.count, &port)
        guard code == 0 else { throw Errno(code: code, call: "getsockname") }
        let text = host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return SocketAddress(host: String(decoding: text, as: UTF8.self), port: port)
    }
}
