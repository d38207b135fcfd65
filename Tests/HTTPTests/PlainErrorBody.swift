/// Error bodies as this layer's tests write them.
enum PlainErrorBody {
    /// `{"error":{"message":…,"type":…,"param":null,"code":…}}`, for messages without anything to escape.
    static func write(status: Int, message: String, code: String?) -> [UInt8] {
        let type = status >= 500 ? "server_error" : "invalid_request_error"
        let code = code.map { "\"\($0)\"" } ?? "null"
        return Array(
            "{\"error\":{\"message\":\"\(message)\",\"type\":\"\(type)\",\"param\":null,\"code\":\(code)}}".utf8)
    }
}
