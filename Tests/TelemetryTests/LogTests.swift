import Synchronization
import Telemetry
import Testing

@Suite struct LogTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[[UInt8]]>([])
        func add(_ line: [UInt8]) { lines.withLock { $0.append(line) } }
        var all: [[UInt8]] { lines.withLock { $0 } }
        var text: String { String(decoding: all.joined(), as: UTF8.self) }
    }

    private static func log(
        _ lines: Lines, _ format: LogFormat = .keyValue, level: Log.Level = .info, time: String = "T"
    ) -> Log {
        Log(
            label: "test", level: level,
            output: LogOutput(format: format, timestamp: { time }, write: { lines.add($0) }))
    }

    @Test func writesFieldsInTheirOrder() {
        let lines = Lines()
        Self.log(lines).info("a message", ["z": "1", "a": "two words", "empty": "", "quote": "a\"b=c\\"])
        #expect(lines.text == #"time=T level=info log=test msg="a message" z=1 a="two words" quote="a\"b=c\\""# + "\n")
    }

    @Test func writesJSON() {
        let lines = Lines()
        Self.log(lines, .json, time: "").warning("m", ["n": "1", "t": "a\"\n\u{1}é"])
        #expect(lines.text == #"{"level":"warning","log":"test","msg":"m","n":1,"t":"a\"\n\u0001é"}"# + "\n")
    }

    @Test(arguments: [
        ("200", "200"), ("4493.8", "4493.8"), ("-5", "-5"), ("0", "0"), ("0.5", "0.5"), ("007", "\"007\""),
        ("1.", "\"1.\""),
        (".5", "\".5\""), ("-", "\"-\""), ("1e5", "\"1e5\""), ("1.2.3", "\"1.2.3\""), ("٣", "\"٣\""),
        ("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807"),
        (String(repeating: "9", count: 30), "\"" + String(repeating: "9", count: 30) + "\""),
    ])
    func writesNumbersAsNumbers(_ value: String, _ written: String) {
        let lines = Lines()
        Self.log(lines, .json, time: "").info("m", ["n": value, "request": value])
        #expect(lines.text.contains("\"n\":\(written),\"request\":\"\(value)\""), "a name stays a name")
    }

    @Test func part4_aSeedIsANumberToo() {
        let lines = Lines()
        Self.log(lines, .json, time: "").info("m", ["seed": "-9223372036854775808"])
        #expect(lines.text.contains(#""seed":-9223372036854775808}"#))
    }

    @Test func buildsNothingBelowItsLevel() {
        let lines = Lines()
        var built = 0
        func message() -> String {
            built += 1
            return "m"
        }
        let log = Self.log(lines, level: .warning)
        log.debug(message(), ["a": "b"])
        log.info(message(), [:])
        #expect(built == 0 && lines.all.isEmpty)
        log.warning(message(), [:])
        log.error(message(), [:])
        #expect(built == 2 && lines.all.count == 2)
    }

    /// Forged lines, terminal escapes and direction marks: no control byte leaves, and one message is one line.
    @Test(arguments: LogFormat.allCases)
    func keepsControlsOut(_ format: LogFormat) {
        let hostile =
            String(String.UnicodeScalarView((0...0x9f).compactMap { Unicode.Scalar(UInt32($0)) }))
            + "\u{2028}\u{202e}\u{2066}\r\nlevel=error"
        let lines = Lines()
        Self.log(lines, format).info(hostile, ["a b\n=": hostile, hostile: "x", "": "y"])
        #expect(lines.all.count == 1)
        let bytes = lines.all.joined()
        #expect(bytes.count { $0 == 0x0a } == 1 && Array(bytes).last == 0x0a)
        #expect(bytes.allSatisfy { $0 == 0x0a || ($0 >= 0x20 && $0 != 0x7f) })
        #expect(
            !lines.text.unicodeScalars.contains {
                (0x80...0x9f).contains($0.value) || $0 == "\u{202e}" || $0 == "\u{2028}"
            })
    }

    @Test func cutsLongValues() {
        let lines = Lines()
        Self.log(lines).info("m", ["long": String(repeating: "é", count: 5000)])
        #expect(lines.text.utf8.count < 1200)
        #expect(lines.text.hasSuffix("…\"\n"))
        Self.log(lines).info(String(repeating: "m", count: 100_000), [:])
        #expect(lines.all.last.map { $0.count < 1200 } == true)
    }

    @Test func tracesHopsOnlyWhenOn() {
        let lines = Lines()
        var asked = 0
        func id() -> String {
            asked += 1
            return "r1"
        }
        HopTrace.off.hop(Lines.self, request: id())
        #expect(asked == 0)
        let trace = HopTrace(log: Self.log(lines))
        trace.hop(type(of: lines), request: id())
        #expect(lines.text.contains("hop=Lines.tracesHopsOnlyWhenOn request=r1"))
        trace.hop(Lines.self, "append", request: id())
        #expect(lines.text.contains("hop=Lines.append request=r1"))
    }
}
