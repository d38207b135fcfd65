/// How a log line is written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `time=… level=info log=http msg="listening" address=127.0.0.1:8080`
    case keyValue = "text"
    /// One JSON object a line; numbers are numbers, everything else is a string.
    case json

    /// Longest value of one field in bytes; what is beyond is cut and marked with `…`.
    static let maximumValueBytes = 1024
    /// Most fields of one line; what is beyond is dropped.
    static let maximumFields = 32

    /// The line with its line break. No byte below 0x20 and no 0x7f leaves except that break.
    package func line(_ fields: [(key: String, value: String)]) -> [UInt8] {
        let fields = fields.prefix(Self.maximumFields).filter { !$0.value.isEmpty || $0.key == "msg" }
        switch self {
        case .keyValue:
            let words = fields.map { "\(Self.key($0.key))=\(Self.value($0.value))" }
            return Array((words.joined(separator: " ") + "\n").utf8)
        case .json:
            let members = fields.map { "\"\(Self.key($0.key))\":\(Self.json($0.key, $0.value))" }
            return Array(("{" + members.joined(separator: ",") + "}\n").utf8)
        }
    }

    /// A number as it is, anything else as a string.
    ///
    /// Names stay strings also where a client has made one of digits alone. A number keeps all its digits.
    private static func json(_ key: String, _ value: String) -> String {
        !names.contains(key) && isNumber(value) ? value : quoted(value)
    }

    private static let names: Set<String> = [
        "time", "level", "log", "msg", "request", "by", "hop", "method", "route", "path", "client", "model",
        "reason", "error", "taken", "need_restart", "address",
    ]

    /// Whether a text is a number as JSON writes it, without an exponent.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.first == 0x2d ? text.utf8.dropFirst() : text.utf8[...]
        let parts = digits.split(separator: 0x2e, omittingEmptySubsequences: false)
        guard text.utf8.count <= 24, (1...2).contains(parts.count), let whole = parts.first,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } })
        else { return false }
        return whole.count == 1 || whole.first != 0x30
    }

    /// Letters, digits, `_`, `-` and `.` stay; anything else becomes `_`.
    private static func key(_ text: String) -> String {
        let bytes = text.utf8.prefix(64).map { byte in
            switch byte {
            case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x5f, 0x2d, 0x2e: byte
            default: UInt8(0x5f)
            }
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    /// Bare when nothing in it could be misread, else quoted.
    private static func value(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c }
        return isPlain && !text.isEmpty && text.utf8.count <= maximumValueBytes ? text : quoted(text)
    }

    /// A JSON string: C0, C1 controls and DEL as `\u00xx`, quotes and backslashes escaped, cut at a character.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > maximumValueBytes {
                result += "…"
                break
            }
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5c: result += "\\\\"
            case 0x0a: result += "\\n"
            case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
