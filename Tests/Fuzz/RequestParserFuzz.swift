// Built together with Sources/HTTP as one module, so it imports nothing of ours:
//
//     swiftc -O -sanitize=fuzzer,address -parse-as-library -package-name michat \
//         Sources/HTTP/*.swift Tests/Fuzz/RequestParserFuzz.swift -o fuzz-http
//     SWIFT_BACKTRACE=enable=no ./fuzz-http -max_total_time=60 -max_len=2048 CORPUS
//
// The first byte says where the rest is cut in two. The parser must not trap, must keep its memory within its limits, and
// must say the same of the halves as of the whole; what it accepts, the machine and the router must survive too.

/// What a parser says about an input, in the order in which it says it.
private struct Verdict: Equatable {
    var steps: [RequestParser.Step] = []
    var failure: ParseFailure?

    static let limits = Limits(
        head: HeadLimits(headBytes: 512, fieldCount: 8, targetBytes: 100, headSeconds: 10),
        body: BodyLimits(bodyBytes: 64, chunkExtensionBytes: 16, bodySeconds: 10, minimumBytesPerSecond: 1),
        connection: ConnectionLimits(connections: 1, idleSeconds: 1, stallSeconds: 1, outputBytes: 1, lingerSeconds: 1))

    init(_ pieces: [ArraySlice<UInt8>]) {
        var parser = RequestParser(limits: Self.limits)
        for piece in pieces {
            var rest = piece
            var mayHaveMore = true
            while mayHaveMore {
                do {
                    let (consumed, step) = try parser.consume(rest.span)
                    precondition(consumed <= rest.count, "more was consumed than given")
                    rest = rest.dropFirst(consumed)
                    mayHaveMore = step != .needMore
                    if mayHaveMore { steps.append(step) } else { precondition(rest.isEmpty, "bytes are left over") }
                    precondition(parser.receivedBodyBytes <= 64, "the body is beyond its limit")
                } catch {
                    failure = error
                    return
                }
            }
        }
    }
}

/// Nobody answers: only the way to the handler is of interest.
private struct Silent: Handler {
    func admit(_ head: RequestHead) -> Response? { nil }
    func handle(_ request: Request, on exchange: any Exchange) {}
}

/// The entry point that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestParser(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
    let whole = Verdict([bytes[...]])
    let cut = Int(data[0]) * bytes.count / 256
    precondition(Verdict([bytes[..<cut], bytes[cut...]]) == whole, "the cut changes the verdict")
    var router = Router(errorBody: { _, message, _ in Array(message.utf8) })
    router.on("GET", "/", Silent())
    router.onPrefix("POST", "/v1/", Silent())
    for case .head(let head, _) in whole.steps {
        precondition(head.target.path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control came through")
        guard case .answer(let response) = router.destination(of: head) else { continue }
        let context = ResponseContext(
            requestID: RequestID.own(head.fields) ?? "", request: (head.minorVersion, head.method == "HEAD"),
            keepsAlive: head.wantsKeepAlive, date: HTTPDate.text(unixSeconds: 0), processingMilliseconds: 0)
        _ = ResponseEncoder(context: context).whole(response)
    }
    return 0
}
