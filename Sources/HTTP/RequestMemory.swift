/// The memory that one request holds of what all requests share. It goes back when the last holder lets go.
package protocol RequestMemory: AnyObject, Sendable {
    /// Takes more, or nothing when there is no room.
    func take(_ bytes: Int) -> Bool

    /// Gives part of it back.
    func give(_ bytes: Int)

    /// Whether so much more could be taken if nobody else held anything.
    func couldTake(_ bytes: Int) -> Bool
}
