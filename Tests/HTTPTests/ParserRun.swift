import HTTP
import Testing

/// Everything a parser says about an input.
struct ParserRun: Equatable {
    var heads: [RequestHead] = []
    var bodies: [[UInt8]] = []
    var failure: ParseFailure?

    /// The limits of the corpora: small, so that the cases beyond them stay short.
    static let limits = Limits(
        head: HeadLimits(headBytes: 1024, fieldCount: 10, targetBytes: 200, headSeconds: 10),
        body: BodyLimits(bodyBytes: 100, chunkExtensionBytes: 32, bodySeconds: 20, minimumBytesPerSecond: 10),
        connection: ConnectionLimits(
            connections: 10, idleSeconds: 30, stallSeconds: 15, outputBytes: 4096, lingerSeconds: 2))

    /// Feeds the pieces one after another, each until it is used up or refused.
    init(_ pieces: [ArraySlice<UInt8>]) {
        var parser = RequestParser(limits: Self.limits)
        for piece in pieces {
            var rest = piece
            repeat {
                do throws(ParseFailure) {
                    let (consumed, step) = try parser.consume(rest.span)
                    rest = rest.dropFirst(consumed)
                    switch step {
                    case .needMore: break
                    case .head(let head, _):
                        heads.append(head)
                        // A body of no bytes is reported without further input.
                        let (none, next) = try parser.consume([UInt8]().span)
                        precondition(none == 0)
                        if case .body(let body) = next { bodies.append(body) }
                    case .body(let body): bodies.append(body)
                    }
                } catch {
                    failure = error
                    return
                }
            } while !rest.isEmpty
        }
    }

    static func whole(_ bytes: [UInt8]) -> ParserRun { ParserRun([bytes[...]]) }

    static func byteByByte(_ bytes: [UInt8]) -> ParserRun { ParserRun(bytes.indices.map { bytes[$0...$0] }) }

    static func cut(_ bytes: [UInt8], at index: Int) -> ParserRun { ParserRun([bytes[..<index], bytes[index...]]) }
}

/// One input of a corpus.
struct Shape: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]

    /// Every `\n` of `text` stands for CR LF, except where `raw` says that the bytes are meant as they are.
    init(_ name: String, _ text: String) {
        self.name = name
        bytes = text.utf8.flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
    }

    init(_ name: String, raw: String) {
        self.name = name
        bytes = Array(raw.utf8)
    }

    init(_ name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    var testDescription: String { name }
}
