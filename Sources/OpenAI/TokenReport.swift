import JSON

/// One token of an answer with its log probability.
package struct TokenReport: Sendable, Equatable {
    /// An alternative at the same place.
    package struct Alternative: Sendable, Equatable {
        /// The token's id.
        package let id: Int32
        /// The bytes it stands for.
        package let bytes: [UInt8]
        /// Natural logarithm of its probability.
        package let logprob: Float

        /// An alternative.
        package init(id: Int32, bytes: [UInt8], logprob: Float) {
            self.id = id
            self.bytes = bytes
            self.logprob = logprob
        }
    }

    /// The token's id.
    package var id: Int32
    /// The bytes of the answer that it contributed; all reports of an answer join to its text.
    package var bytes: [UInt8]
    /// Natural logarithm of its probability; nil where nothing precedes it.
    package var logprob: Float?
    /// The likeliest tokens at this place, best first.
    package var alternatives: [Alternative]

    /// A report.
    package init(id: Int32, bytes: [UInt8], logprob: Float?, alternatives: [Alternative]) {
        self.id = id
        self.bytes = bytes
        self.logprob = logprob
        self.alternatives = alternatives
    }

    /// The wire knows neither infinity nor NaN; this stands for both.
    static let floor: Float = -9999

    /// A logarithm that JSON can carry, in single precision's own digits.
    static func finite(_ logprob: Float) -> Double {
        guard logprob.isFinite else { return Double(floor) }
        return Double("\(max(floor, logprob))") ?? Double(floor)
    }

    /// A token's bytes as a name of its own: text where they are text, else `bytes:\xe2\x98` as OpenAI writes it.
    static func name(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.reduce(into: "bytes:") { name, byte in
            let digits = String(byte, radix: 16)
            name += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
    }

    /// A token's bytes as text; what is not UTF-8 shows as U+FFFD.
    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONWriter {
    /// `{"content": […], "refusal": null}`, or null without reports.
    mutating func chatLogprobs(_ reports: [TokenReport]?) {
        guard let reports else { return null() }
        beginObject()
        key("content")
        beginArray()
        for report in reports { chatReport(report) }
        endArray()
        key("refusal")
        null()
        endObject()
    }

    private mutating func chatReport(_ report: TokenReport) {
        beginObject()
        reportMembers(bytes: report.bytes, logprob: report.logprob ?? 0)
        key("top_logprobs")
        beginArray()
        for alternative in report.alternatives {
            beginObject()
            reportMembers(bytes: alternative.bytes, logprob: alternative.logprob)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func reportMembers(bytes: [UInt8], logprob: Float) {
        key("token")
        string(TokenReport.text(bytes))
        key("logprob")
        double(TokenReport.finite(logprob))
        key("bytes")
        beginArray()
        for byte in bytes { int(Int(byte)) }
        endArray()
    }

    /// The legacy shape: four parallel arrays; offsets count Unicode scalars from `firstOffset`.
    mutating func legacyLogprobs(_ reports: [TokenReport]?, firstOffset: Int) {
        guard let reports else { return null() }
        beginObject()
        key("tokens")
        beginArray()
        for report in reports { string(TokenReport.name(report.bytes)) }
        endArray()
        key("token_logprobs")
        beginArray()
        for report in reports { optionalLogprob(report.logprob) }
        endArray()
        key("top_logprobs")
        beginArray()
        for report in reports { legacyAlternatives(report) }
        endArray()
        key("text_offset")
        beginArray()
        var offset = firstOffset
        for report in reports {
            int(offset)
            offset += TokenReport.scalars(report.bytes)
        }
        endArray()
        endObject()
    }

    /// The alternatives, and the token itself when it is none of them, as OpenAI documents it.
    private mutating func legacyAlternatives(_ report: TokenReport) {
        guard let logprob = report.logprob else { return null() }
        beginObject()
        var seen: Set<String> = []
        let isListed = report.alternatives.contains { $0.id == report.id }
        let own = isListed ? [] : [(report.bytes, logprob)]
        for (bytes, logprob) in report.alternatives.map({ ($0.bytes, $0.logprob) }) + own {
            let text = TokenReport.name(bytes)
            guard seen.insert(text).inserted else { continue }
            key(text)
            double(TokenReport.finite(logprob))
        }
        endObject()
    }

    private mutating func optionalLogprob(_ logprob: Float?) {
        guard let logprob else { return null() }
        double(TokenReport.finite(logprob))
    }

    /// `prompt_logprobs` as vLLM writes it: per token null, or an object from id to its figures.
    mutating func promptLogprobs(_ reports: [TokenReport]) {
        beginArray()
        for report in reports { promptReport(report) }
        endArray()
    }

    private mutating func promptReport(_ report: TokenReport) {
        guard let logprob = report.logprob else { return null() }
        beginObject()
        let rank = report.alternatives.firstIndex { $0.id == report.id }
        promptFigures(id: report.id, bytes: report.bytes, logprob: logprob, rank: rank)
        for (index, alternative) in report.alternatives.enumerated() where alternative.id != report.id {
            promptFigures(id: alternative.id, bytes: alternative.bytes, logprob: alternative.logprob, rank: index)
        }
        endObject()
    }

    private mutating func promptFigures(id: Int32, bytes: [UInt8], logprob: Float, rank: Int?) {
        key(String(id))
        beginObject()
        key("logprob")
        double(TokenReport.finite(logprob))
        key("rank")
        if let rank { int(rank + 1) } else { null() }
        key("decoded_token")
        string(TokenReport.text(bytes))
        endObject()
    }

    /// The member `token_ids`, where it was asked for.
    mutating func tokenIDs(_ ids: [Int32]?) {
        guard let ids else { return }
        key("token_ids")
        beginArray()
        for id in ids { int(Int(id)) }
        endArray()
    }
}

extension TokenReport {
    /// Scalars that begin in `bytes`, so that offsets of split characters still add up to the text's.
    package static func scalars(_ bytes: [UInt8]) -> Int {
        bytes.count { $0 & 0b1100_0000 != 0b1000_0000 }
    }
}
