/// Which values of the Host field are served.
///
/// A page can let its own name resolve to 127.0.0.1 and so reach a server that only this machine should see (DNS
/// rebinding); its requests carry the page's name. A server that listens elsewhere is meant to be reached by any name.
package struct HostRule: Sendable {
    /// Names in lower case without port; nil: every name.
    private let extra: Set<String>?

    /// A rule for a server that listens on `host`; `allowed` are names besides the loopback ones, `*` is any.
    package init(listeningOn host: String, allowed: [String]) {
        let names = Set(allowed.map(Self.name).filter { !$0.isEmpty })
        extra = Self.isLoopback(Self.name(host)) && !names.contains("*") ? names : nil
    }

    /// Whether a request may carry this value; its port and the case of its letters do not matter.
    package func allows(_ hostField: String) -> Bool {
        guard let extra else { return true }
        let name = Self.name(hostField)
        return Self.isLoopback(name) || extra.contains(name)
    }

    /// The name or address without blanks, brackets, port and final dot, its ASCII letters in lower case.
    private static func name(_ text: String) -> String {
        var bytes = text.utf8.filter { $0 != ASCII.space && $0 != ASCII.tab }.map(ASCII.lowercased)[...]
        if bytes.first == UInt8(ascii: "["), let end = bytes.firstIndex(of: UInt8(ascii: "]")) {
            let port = bytes[(end + 1)...]
            guard port.isEmpty || port.first == ASCII.colon else { return "" }
            bytes = bytes[..<end].dropFirst()
        } else if let colon = bytes.firstIndex(of: ASCII.colon), bytes.lastIndex(of: ASCII.colon) == colon {
            bytes = bytes[..<colon]
        }
        if bytes.last == UInt8(ascii: ".") { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this is an address or a name that only this machine can reach.
    package static func isLoopback(host: String) -> Bool { isLoopback(name(host)) }

    private static func isLoopback(_ name: String) -> Bool {
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy(isOctet)
    }

    private static func isOctet(_ part: Substring) -> Bool {
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(ASCII.isDigit) && (Int(part) ?? 256) < 256
    }
}
