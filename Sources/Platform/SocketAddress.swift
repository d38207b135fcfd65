/// A TCP address: a host, numeric or to be resolved, and a port.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// "127.0.0.1", "::1", "localhost".
    package let host: String
    /// 0 lets the kernel choose when listening.
    package let port: UInt16

    /// An address from its parts; brackets around an IPv6 host are dropped.
    package init(host: String, port: UInt16) {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.utf8.count > 2
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    /// "127.0.0.1:8080", "[::1]:8080".
    package var description: String { host.utf8.contains(0x3a) ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
