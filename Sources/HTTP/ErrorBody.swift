/// Writes the body of an error response: status, message for people, code for programs.
package typealias ErrorBody = @Sendable (_ status: Int, _ message: String, _ code: String?) -> [UInt8]

/// The error body of this layer: the JSON object with all four keys that OpenAI's clients read.
package enum PlainErrorBody {
    /// `{"error":{"message":…,"type":…,"param":null,"code":…}}`.
    package static func write(status: Int, message: String, code: String?) -> [UInt8] {
        let type = status >= 500 ? "server_error" : "invalid_request_error"
        let code = code.map { "\"\(escaped($0))\"" } ?? "null"
        return Array(
            "{\"error\":{\"message\":\"\(escaped(message))\",\"type\":\"\(type)\",\"param\":null,\"code\":\(code)}}"
                .utf8)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5c:
                result += "\\"
                result.unicodeScalars.append(scalar)
            case 0..<0x20, 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
