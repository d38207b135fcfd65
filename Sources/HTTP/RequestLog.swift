/// Words of a request as they may stand in a log: bounded, and without anything that could pass for something else.
package enum RequestLog {
    /// A method as it is registered; any other word of a client is `OTHER`.
    package static func method(_ method: String) -> String { methods.contains(method) ? method : "OTHER" }

    /// A path in visible ASCII, everything else percent-encoded again; what is beyond 200 bytes is cut and marked.
    package static func path(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            if text.utf8.count >= mostPathBytes { return text + "..." }
            if ASCII.isVisible(byte), byte != UInt8(ascii: "%") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += (byte < 16 ? "%0" : "%") + digits
            }
        }
        return text
    }

    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]
    private static let mostPathBytes = 200
}
