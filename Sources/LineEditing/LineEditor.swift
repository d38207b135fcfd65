/// A line, or several, while somebody types: text, cursor, kill buffer and the way back through earlier lines.
///
/// A value without a terminal: keys go in, the state changes, and the effect says what is to be done outside.
package struct LineEditor: Sendable {
    /// What a key asks for.
    package enum Effect: Equatable, Sendable {
        /// Nothing has changed.
        case none
        /// The line is to be shown anew.
        case redraw
        /// The text is complete; the editor is empty again.
        case submit(String)
        /// The text was thrown away; `wasEmpty` tells whether there was any.
        case cancel(wasEmpty: Bool)
        /// Nobody types any more.
        case end
        /// The screen is to be emptied, the process to be stopped.
        case clearScreen, suspend
    }

    /// Characters of one text; what is beyond them is not taken.
    package static let maximumCharacters = 1 << 20

    /// The text, one element for each character that a reader sees.
    package private(set) var characters: [Character] = []
    /// The cursor stands before this character.
    package private(set) var cursor = 0
    private var killed = ""
    private var history: [String]
    /// The entry that is shown; as many as there are entries: the new line.
    private var place: Int
    /// Texts of entries, and of the new line, that were changed before another was shown.
    private var changed: [Int: [Character]] = [:]

    /// An empty line with earlier ones, the oldest first.
    package init(history: [String]) {
        self.history = history
        place = history.count
    }

    /// The text.
    package var text: String { String(characters) }

    /// Takes a key.
    package mutating func handle(_ key: Key) -> Effect {
        switch key {
        case .text(let text), .paste(let text): insert(text)
        case .newLine: insert("\n")
        case .enter: return enter()
        case .cancel:
            let wasEmpty = characters.isEmpty
            reset()
            return .cancel(wasEmpty: wasEmpty)
        case .endOfInput:
            guard !characters.isEmpty else { return .end }
            remove(cursor..<min(cursor + 1, characters.count))
        case .clearScreen: return .clearScreen
        case .suspend: return .suspend
        case .yank: insert(killed)
        case .backspace: remove(max(0, cursor - 1)..<cursor)
        case .delete: remove(cursor..<min(cursor + 1, characters.count))
        case .killToEnd: kill(cursor..<killEnd)
        case .killToStart: kill(lineStart(cursor)..<cursor)
        case .killWord: kill(blankWordStart..<cursor)
        case .killWordAhead: kill(cursor..<wordEnd)
        default: return move(key)
        }
        return .redraw
    }

    private mutating func move(_ key: Key) -> Effect {
        let before = (cursor, place)
        switch key {
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .home: cursor = lineStart(cursor)
        case .end: cursor = lineEnd(cursor)
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .up: moveUp()
        case .down: moveDown()
        default: break
        }
        return before == (cursor, place) ? .none : .redraw
    }

    private mutating func enter() -> Effect {
        if characters.last == "\\" {
            characters[characters.count - 1] = "\n"
            cursor = characters.count
            return .redraw
        }
        let text = text
        reset()
        return .submit(text)
    }

    /// Adds an entry to the earlier lines; blank ones and repetitions of the last are left out.
    package mutating func remember(_ text: String) {
        guard text.contains(where: { !$0.isWhitespace }), history.last != text else { return }
        history.append(text)
        if history.count > HistoryText.maximumEntries { history.removeFirst() }
        place = history.count
        changed = [:]
    }

    private mutating func reset() {
        characters = []
        cursor = 0
        place = history.count
        changed = [:]
    }

    private mutating func insert(_ text: String) {
        let room = Self.maximumCharacters - characters.count
        // A combining mark joins the character before it: what is counted are characters of the whole.
        let before = Array(String(characters[..<cursor]) + String(text.prefix(max(0, room))))
        characters = Array(String(before) + String(characters[cursor...]))
        cursor = min(before.count, characters.count)
    }

    private mutating func remove(_ range: Range<Int>) {
        cursor = range.lowerBound
        characters = Array(String(characters[..<range.lowerBound]) + String(characters[range.upperBound...]))
        cursor = min(cursor, characters.count)
    }

    private mutating func kill(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        killed = String(characters[range])
        remove(range)
    }
}

// MARK: Places in the text

extension LineEditor {
    /// The first character of the line that `index` is in.
    private func lineStart(_ index: Int) -> Int { (characters[..<index].lastIndex(of: "\n") ?? -1) + 1 }

    /// The line break behind the line that `index` is in, or the end of the text.
    private func lineEnd(_ index: Int) -> Int { characters[index...].firstIndex(of: "\n") ?? characters.count }

    /// The end of the line; at the end, the line break as well.
    private var killEnd: Int {
        let end = lineEnd(cursor)
        return end == cursor ? min(cursor + 1, characters.count) : end
    }

    /// Where the word before the cursor begins, when words are told apart by blanks.
    private var blankWordStart: Int {
        var index = cursor
        while index > 0, characters[index - 1].isWhitespace { index -= 1 }
        while index > 0, !characters[index - 1].isWhitespace { index -= 1 }
        return index
    }

    /// Where the word of letters and digits before the cursor begins.
    private var wordStart: Int {
        var index = cursor
        while index > 0, !Self.isWord(characters[index - 1]) { index -= 1 }
        while index > 0, Self.isWord(characters[index - 1]) { index -= 1 }
        return index
    }

    /// Where the word of letters and digits behind the cursor ends.
    private var wordEnd: Int {
        var index = cursor
        while index < characters.count, !Self.isWord(characters[index]) { index += 1 }
        while index < characters.count, Self.isWord(characters[index]) { index += 1 }
        return index
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    /// The line above; from the first one, the entry before.
    private mutating func moveUp() {
        let start = lineStart(cursor)
        guard start == 0 else {
            let above = lineStart(start - 1)
            cursor = min(above + cursor - start, start - 1)
            return
        }
        show(place - 1)
    }

    /// The line below; from the last one, the entry after.
    private mutating func moveDown() {
        let end = lineEnd(cursor)
        guard end == characters.count else {
            cursor = min(end + 1 + cursor - lineStart(cursor), lineEnd(end + 1))
            return
        }
        show(place + 1)
    }

    private mutating func show(_ entry: Int) {
        guard (0...history.count).contains(entry) else { return }
        changed[place] = characters
        place = entry
        characters = changed[entry] ?? (entry < history.count ? Array(history[entry]) : [])
        cursor = characters.count
    }
}
