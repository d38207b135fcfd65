import LineEditing
import Testing

@Suite struct KeyDecoderTests {
    private static func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return decoder.consume(Array(text.utf8))
    }

    @Test(arguments: [
        ("abc", [Key.text("abc")]), ("ü日🦊", [.text("ü日🦊")]), ("a\r", [.text("a"), .enter]), ("\n", [.enter]),
        (
            "\u{1}\u{5}\u{b}\u{15}\u{17}\u{c}\u{19}",
            [.home, .end, .killToEnd, .killToStart, .killWord, .clearScreen, .yank]
        ),
        ("\u{3}\u{4}\u{1a}", [.cancel, .endOfInput, .suspend]), ("\u{7f}\u{8}", [.backspace, .backspace]),
        ("\u{1b}[A\u{1b}[B\u{1b}[C\u{1b}[D", [.up, .down, .right, .left]),
        ("\u{1b}OA\u{1b}OH\u{1b}OF\u{1b}OM", [.up, .home, .end, .enter]),
        ("\u{1b}[H\u{1b}[F\u{1b}[1~\u{1b}[4~\u{1b}[7~\u{1b}[8~", [.home, .end, .home, .end, .home, .end]),
        ("\u{1b}[3~\u{1b}[3;5~", [.delete, .killWordAhead]),
        ("\u{1b}[1;5C\u{1b}[1;5D\u{1b}[1;3D\u{1b}[1;2D", [.wordRight, .wordLeft, .wordLeft, .left]),
        ("\u{1b}b\u{1b}f\u{1b}d\u{1b}\u{7f}\u{1b}\r", [.wordLeft, .wordRight, .killWordAhead, .killWord, .newLine]),
        // A key alone behind Escape is that key, and what is not known is nothing.
        ("\u{1b}x", [.text("x")]), ("\u{1b}[5~\u{1b}[[Aa\u{1b}[?1;2ca", [.text("aa")]), ("\u{0}\u{1c}", []),
        ("\u{1b}[1\u{3}", [.cancel]),
        ("\u{1b}[200~one\r\ntwo\rthree\n\u{1b}[201~\r", [.paste("one\ntwo\nthree"), .enter]),
        ("\u{1b}[200~a\u{1b}[31mb\u{7}\tc\u{1b}[201~", [.paste("a[31mb\tc")]), ("\u{1b}[200~\r\n\u{1b}[201~", []),
    ])
    func bytesBecomeKeys(text: String, keys: [Key]) {
        #expect(Self.keys(text) == keys)
        // One at a time they are the same, but for texts that arrive in pieces.
        var decoder = KeyDecoder()
        var joined: [Key] = []
        for byte in text.utf8 {
            for key in decoder.consume([byte]) {
                if case .text(let more) = key, case .text(let before)? = joined.last {
                    joined[joined.count - 1] = .text(before + more)
                } else {
                    joined.append(key)
                }
            }
        }
        #expect(joined == keys)
    }

    @Test func brokenBytesCostThemselvesOnly() {
        var decoder = KeyDecoder()
        #expect(decoder.consume([0xff, 0x80, 0xc3, 0x61, 0xe2, 0x82, 0xe2, 0x82, 0xac]) == [.text("a€")])
        #expect(decoder.consume([0xc2, 0x9b, 0x62]) == [.text("b")])
        #expect(decoder.consume([0x1b, 0x5b] + [UInt8](repeating: 0x31, count: 99) + [0x0d]).last == .enter)
    }

    @Test func aPasteHasABound() {
        var decoder = KeyDecoder()
        let start = Array("\u{1b}[200~".utf8)
        let long = [UInt8](repeating: 0x61, count: KeyDecoder.maximumPasteBytes + 1000)
        let keys = decoder.consume(start + long + Array("\u{1b}[201~b".utf8))
        #expect(keys.count == 2 && keys.last == .text("b"))
        guard case .paste(let text)? = keys.first else {
            Issue.record("no paste")
            return
        }
        #expect(text.utf8.count == KeyDecoder.maximumPasteBytes)
    }

    @Test func nothingThatATerminalSendsIsTooMuch() {
        var seed = SystemRandomNumberGenerator()
        let likely: [UInt8] = [0x1b, 0x5b, 0x4f, 0x32, 0x30, 0x31, 0x3b, 0x7e, 0xe2, 0x82, 0xac, 0x0d, 0x41]
        for _ in 0..<300 {
            var decoder = KeyDecoder()
            var editor = LineEditor(history: ["one", "two\nthree"])
            let bytes = (0..<200).map { _ in
                Bool.random(using: &seed) ? likely.randomElement(using: &seed) ?? 0 : UInt8.random(in: 0...255)
            }
            for key in decoder.consume(bytes) {
                _ = editor.handle(key)
                #expect((0...editor.characters.count).contains(editor.cursor), "\(bytes)")
            }
        }
    }
}
