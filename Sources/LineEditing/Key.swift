/// What somebody pressed, whatever bytes a terminal sends for it.
package enum Key: Equatable, Sendable {
    /// Characters that are typed into the line.
    case text(String)
    /// A text that was pasted as a whole; its line breaks are `\n`.
    case paste(String)
    /// Enter, and Enter that only begins a new line of the same question (Alt-Enter).
    case enter, newLine
    /// The character before the cursor, or the one under it, goes.
    case backspace, delete
    /// The cursor moves.
    case left, right, up, down, wordLeft, wordRight, home, end
    /// Text goes into the kill buffer: to the end or the start of the line, the word before or behind the cursor.
    case killToEnd, killToStart, killWord, killWordAhead
    /// The kill buffer comes back.
    case yank
    /// Ctrl-L, Ctrl-C, Ctrl-D, Ctrl-Z.
    case clearScreen, cancel, endOfInput, suspend
}
