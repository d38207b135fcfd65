package import Platform

/// Where a server is: its address, and what stands before its paths.
package struct ServerAddress: Sendable, Equatable {
    /// Host and port.
    package let socket: SocketAddress
    /// Empty, or a path without a closing slash.
    package let prefix: String

    /// Reads `http://host[:port][/prefix]`; a closing `/v1` is dropped. The key is checked for what no header may hold.
    /// - Throws: ``HTTPClientError/address(_:)``.
    package init(url: String, key: String?) throws(HTTPClientError) {
        let scheme = "http://"
        let shown = "'\(Terminal.harmless(url))'"
        guard url.hasPrefix(scheme) else {
            throw .address("\(shown) must begin with http://; for TLS put a proxy before it")
        }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/v1") { path.removeLast(3) }
        var host = String(authority)
        var port: UInt16 = 80
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = UInt16(authority[authority.index(after: colon)...]) else {
                throw .address("\(shown) has no valid port")
            }
            port = number
            host = String(authority[..<colon])
        }
        guard !host.isEmpty, (url + (key ?? "")).utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .address("\(shown) is not an address, or the key holds a blank")
        }
        socket = SocketAddress(host: host, port: port)
        prefix = path
    }
}
