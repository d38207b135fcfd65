import LineEditing
import Testing

@Suite struct LineEditorTests {
    /// The text with a bar at the cursor, after these keys.
    private static func typed(_ keys: [Key], history: [String] = []) -> String {
        var editor = LineEditor(history: history)
        for key in keys { _ = editor.handle(key) }
        return shown(editor)
    }

    private static func shown(_ editor: LineEditor) -> String {
        String(editor.characters[..<editor.cursor]) + "|" + String(editor.characters[editor.cursor...])
    }

    private static let words = Key.text("one two-three")

    @Test(arguments: [
        ([words], "one two-three|"), ([words, .home], "|one two-three"), ([words, .home, .end], "one two-three|"),
        ([words, .left, .left, .text("X")], "one two-thrX|ee"), ([words, .home, .right, .delete], "o|e two-three"),
        ([words, .backspace], "one two-thre|"), ([.backspace], "|"), ([.delete], "|"),
        ([words, .killWord], "one |"), ([words, .wordLeft], "one two-|three"),
        ([words, .wordLeft, .wordLeft, .wordLeft, .wordLeft], "|one two-three"),
        ([words, .home, .wordRight, .wordRight], "one two|-three"), ([words, .home, .killWordAhead], "| two-three"),
        ([words, .wordLeft, .killToEnd], "one two-|"), ([words, .wordLeft, .killToStart], "|three"),
        ([words, .killWord, .home, .yank], "two-three|one "),
        ([words, .wordLeft, .endOfInput], "one two-|hree"),
        // What a reader sees as one character is one.
        ([.text("e"), .text("\u{301}"), .backspace], "|"), ([.text("👩‍👩‍👧日本"), .left, .left], "👩‍👩‍👧|日本"),
        // Lines of one text.
        ([.text("ab"), .newLine, .text("cdef"), .up], "ab|\ncdef"),
        ([.text("ab"), .newLine, .text("cdef"), .home, .right, .up, .down], "ab\nc|def"),
        ([.text("ab"), .newLine, .text("c"), .home], "ab\n|c"), ([.paste("a\nb"), .up, .killToEnd], "a|b"),
        ([.text("a\\"), .enter, .text("b")], "a\nb|"),
    ])
    func keysEdit(keys: [Key], expected: String) { #expect(Self.typed(keys) == expected) }

    @Test func earlierLinesComeBackAndWhatWasTypedIsKept() {
        var editor = LineEditor(history: ["first", "second\nline"])
        func after(_ keys: Key...) -> String {
            for key in keys { _ = editor.handle(key) }
            return Self.shown(editor)
        }
        #expect(after(.text("draft"), .up) == "second\nline|")
        #expect(after(.text("!")) == "second\nline!|")
        #expect(after(.up, .up) == "first|")
        #expect(after(.up) == "first|")
        #expect(after(.down) == "second\nline!|")
        #expect(after(.down) == "draft|")
        #expect(after(.down) == "draft|")
        #expect(editor.handle(.enter) == .submit("draft"))
        editor.remember("draft")
        editor.remember("draft")
        editor.remember("  ")
        #expect(after(.up, .up) == "second\nline|", "a change that was not sent is gone")
    }

    @Test func keysThatEndALine() {
        var editor = LineEditor(history: [])
        #expect(editor.handle(.endOfInput) == .end)
        #expect(editor.handle(.cancel) == .cancel(wasEmpty: true))
        _ = editor.handle(.text("a"))
        #expect(editor.handle(.clearScreen) == .clearScreen)
        #expect(editor.handle(.cancel) == .cancel(wasEmpty: false))
        #expect(editor.text.isEmpty && editor.handle(.left) == .none)
        _ = editor.handle(.paste("a\n\nb"))
        #expect(editor.handle(.enter) == .submit("a\n\nb"))
    }

    @Test func aTextHasABound() {
        var editor = LineEditor(history: [])
        for _ in 0..<3 { _ = editor.handle(.paste(String(repeating: "a", count: 600_000))) }
        #expect(editor.characters.count == LineEditor.maximumCharacters)
    }
}

@Suite struct HistoryTextTests {
    @Test(arguments: ["plain", "two\nlines", #"back\slash \n"#, "日本 🦊", "tab\there", "\\", "ends\\\n\\"])
    func entriesComeBack(entry: String) throws {
        let line = try #require(HistoryText.line(entry))
        #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n"))
        #expect(HistoryText.entries("before\n" + line) == ["before", entry])
    }

    @Test func whatIsTooLongBlankOrDamagedIsLeftOut() {
        #expect(HistoryText.line(" \n") == nil)
        #expect(HistoryText.line(String(repeating: "a", count: HistoryText.maximumEntryBytes + 1)) == nil)
        #expect(HistoryText.entries("a\u{1b}[31mb\n\nc\\") == ["a[31mb", "c"])
        let many = (0..<1500).map { "\($0)\n" }.joined()
        #expect(HistoryText.entries(many).count == HistoryText.maximumEntries)
        #expect(HistoryText.entries(many).last == "1499")
    }
}
