/// One request's way back: its response, and the connection on which it is written.
package typealias Exchange = ResponseWriter & ConnectionExecutor
