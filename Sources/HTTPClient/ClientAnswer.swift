package import JSON

/// An HTTP answer as it came: every byte of the body, and when it arrived.
package struct ClientAnswer: Sendable {
    /// Interim statuses, such as 100.
    package var interim: [Int] = []
    /// The final status; 0 when none came.
    package var status = 0
    /// Names in lower case, in order.
    package var fields: [(name: String, value: String)] = []
    /// The body without its chunked coding; of a body that was taken in parts, what was not taken yet.
    package var body: [UInt8] = []
    /// How much of the body there was, and when, in seconds since the request was sent.
    package var arrivals: [(bytes: Int, seconds: Double)] = []
    /// When the head was complete.
    package var headSeconds = 0.0
    /// What was wrong with the exchange; nil when the answer is whole, or nobody waited for its end.
    package var fault: HTTPClientError?
    /// Whether not a single byte came.
    package var isSilent = true

    /// An answer of which nothing has come.
    package init() {}

    /// The first field of this name, which is in lower case.
    package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The body as text, with U+FFFD for what is none.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    package var json: JSONValue? { try? JSONParser.parse(body, limits: .file) }

    /// The answer in a few words, for a table.
    package var brief: String {
        if status == 0 { return fault?.description ?? "no answer" }
        let message = json?["error"]?["message"]?.stringValue ?? json?["error"]?.stringValue
        let detail = message ?? (status == 200 ? nil : text)
        return ["\(status)", detail.map { "“\($0.prefix(90))”" }, fault?.description].compactMap(\.self)
            .joined(separator: ", ")
    }

    /// When the byte at `offset` of the body arrived.
    package func seconds(at offset: Int) -> Double { arrivals.first { $0.bytes > offset }?.seconds ?? 0 }
}
