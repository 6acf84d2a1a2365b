# What a script finds around it: maml.mapInputPort, maml.mapOutputPort, the default device, and its errors
# told by line. Called as: Rscript --vanilla prelude.R FOLDER, where FOLDER holds what exchange.py wrote.

local({
  folder <- commandArgs(trailingOnly = TRUE)[1]
  setting <- function(name) readLines(file.path(folder, name), encoding = "UTF-8", warn = FALSE)

  # Tables in

  read_text <- function(con) {
    lengths <- readBin(con, "integer", readBin(con, "integer", 1L))
    texts <- readChar(con, lengths, useBytes = TRUE)
    Encoding(texts) <- "UTF-8"
    texts
  }

  read_column <- function(con) {
    kind <- readLines(con, 1L)
    rows <- readBin(con, "integer", 1L)
    switch(kind,
      integer = readBin(con, "integer", rows),
      double = readBin(con, "double", rows),
      logical = readBin(con, "logical", rows),
      complex = readBin(con, "complex", rows),
      Date = structure(readBin(con, "double", rows), class = "Date"),
      POSIXct = structure(readBin(con, "double", rows), class = c("POSIXct", "POSIXt"), tzone = "UTC"),
      difftime = structure(readBin(con, "double", rows), class = "difftime", units = "secs"),
      character = {
        texts <- read_text(con)
        texts[readBin(con, "integer", rows)]
      },
      factor = ,
      ordered = {
        levels <- read_text(con)
        class <- if (kind == "ordered") c("ordered", "factor") else "factor"
        structure(readBin(con, "integer", rows), levels = levels, class = class)
      }
    )
  }

  read_table <- function(port) {
    con <- file(file.path(folder, paste0("in", port)), "rb")
    on.exit(close(con))
    shape <- readBin(con, "integer", 2L)
    names <- read_text(con)
    columns <- lapply(seq_len(shape[2L]), function(place) read_column(con))
    structure(columns, names = names, row.names = .set_row_names(shape[1L]), class = "data.frame")
  }

  # Tables out

  write_text <- function(texts, con) {
    texts <- as.character(texts)
    foreign <- Encoding(texts) == "unknown" & !validUTF8(texts)
    texts[foreign] <- iconv(texts[foreign], "latin1", "UTF-8")
    texts <- enc2utf8(texts)
    writeBin(length(texts), con)
    writeBin(nchar(texts, "bytes"), con)
    for (start in seq(1L, by = 100000L, length.out = ceiling(length(texts) / 100000))) {
      some <- texts[start:min(start + 99999L, length(texts))]
      writeBin(charToRaw(paste(some, collapse = "")), con)
    }
  }

  write_codes <- function(kind, codes, texts, con) {
    writeLines(kind, con)
    writeBin(as.integer(codes), con)
    write_text(texts, con)
  }

  write_numbers <- function(kind, values, con) {
    writeLines(kind, con)
    writeBin(values, con)
  }

  write_column <- function(x, con, name) {
    if (inherits(x, "POSIXlt")) x <- as.POSIXct(x)
    if (is.factor(x)) {
      known <- levels(x)[!is.na(levels(x))]
      if (length(known) < nlevels(x)) x <- factor(x, known, ordered = is.ordered(x))
      write_codes(if (is.ordered(x)) "ordered" else "factor", unclass(x), levels(x), con)
    } else if (inherits(x, "Date")) {
      write_numbers("Date", as.double(unclass(x)), con)
    } else if (inherits(x, "POSIXct")) {
      write_numbers("POSIXct", as.double(unclass(x)), con)
    } else if (inherits(x, "difftime")) {
      write_numbers("difftime", as.double(x, units = "secs"), con)
    } else if (inherits(x, "integer64")) {
      write_numbers("integer64", as.double(unclass(x)), con)
    } else if (is.character(x)) {
      texts <- unique(x[!is.na(x)])
      write_codes("character", match(x, texts), texts, con)
    } else if (is.integer(x) || is.double(x) || is.logical(x) || is.complex(x)) {
      write_numbers(typeof(x), as.vector(x), con)
    } else {
      stop(sprintf("The column '%s' is %s; a dataset has no such columns.", name, told(x)), call. = FALSE)
    }
  }

  told <- function(x) if (is.list(x)) "a list" else paste("of class", class(x)[1L])

  as_table <- function(x, name) {
    if (!is.data.frame(x)) {
      if (!(is.atomic(x) || is.list(x)) || is.null(x)) {
        stop(sprintf("maml.mapOutputPort: '%s' is %s, not a data.frame.", name, told(x)), call. = FALSE)
      }
      x <- as.data.frame(x, stringsAsFactors = FALSE, optional = is.list(x))
      if (identical(names(x), "x")) names(x) <- name
    }
    wide <- vapply(x, function(column) length(dim(column)) > 1L || is.data.frame(column), NA)
    if (!any(wide)) return(x)
    parts <- lapply(as.list(x), function(column) {
      oldClass(column) <- setdiff(oldClass(column), "AsIs")
      column
    })
    do.call(data.frame, c(parts, check.names = FALSE, stringsAsFactors = FALSE))
  }

  write_table <- function(x, name) {
    x <- as_table(x, name)
    path <- file.path(folder, "out")
    con <- file(path, "wb")
    done <- FALSE
    on.exit({
      close(con)
      if (!done) unlink(path)
    })
    names <- if (is.null(names(x))) character(length(x)) else names(x)
    writeBin(c(.row_names_info(x, 2L), length(x)), con)
    write_text(names, con)
    for (place in seq_along(x)) write_column(.subset2(x, place), con, names[place])
    done <- TRUE
  }

  # What scripts call

  api <- list(
    maml.mapInputPort = function(port) {
      if (!isTRUE(port %in% 1:2)) stop("maml.mapInputPort takes 1 or 2.", call. = FALSE)
      if (!file.exists(file.path(folder, paste0("in", port)))) {
        stop(sprintf("Nothing is connected to port 'dataset%d'.", port), call. = FALSE)
      }
      read_table(port)
    },
    maml.mapOutputPort = function(name) {
      if (!is.character(name) || length(name) != 1L) {
        stop("maml.mapOutputPort takes the name of a variable, in quotes.", call. = FALSE)
      }
      if (!exists(name, envir = parent.frame())) {
        stop(sprintf("maml.mapOutputPort: there is no variable '%s'.", name), call. = FALSE)
      }
      write_table(get(name, envir = parent.frame()), name)
      invisible(NULL)
    }
  )
  attach(api, name = "drawloom", warn.conflicts = FALSE)

  devices <- 0L
  open_device <- function(...) {
    devices <<- devices + 1L
    name <- if (devices == 1L) "Rplot%03d.png" else sprintf("Rplot_%d_%%03d.png", devices)
    png(name, width = 800, height = 600, res = 96, type = "cairo")
  }

  # Errors by line

  # R keeps with each call the place in the source from where it was made (srcref), but not in loops at the
  # top level, which it compiles. There the failed call is looked for in the braces, whose statements have one.
  line_within <- function(expr, call) {
    if (identical(expr, call, ignore.srcref = TRUE)) return(NA_integer_)
    if (!is.call(expr)) return(NULL)
    places <- attr(expr, "srcref")
    for (place in seq_along(expr)) {
      found <- if (!identical(expr[[place]], quote(expr = ))) line_within(expr[[place]], call)
      if (is.null(found)) next
      return(if (is.na(found) && !is.null(places)) places[[place]][1L] else found)
    }
    NULL
  }

  line_of <- function(place) {
    if (is.null(place)) return(NA_integer_)
    if (!identical(attr(place, "srcfile")$filename, script_name)) return(NA_integer_)
    place[1L]
  }

  script_name <- setting("name")
  statement <- NULL
  current <- NA_integer_ # the line of the statement that runs

  tell <- function(error) {
    calls <- sys.calls()
    lines <- vapply(calls, function(each) line_of(attr(each, "srcref")), 1L)
    user <- which(!is.na(lines))
    message <- conditionMessage(error)
    call <- conditionCall(error)
    line <- if (length(user)) lines[max(user)] else NA_integer_
    for (each in c(call, rev(as.list(calls)))) {
      if (is.na(line)) line <- c(line_within(statement, each), NA_integer_)[1L]
    }
    if (is.na(line)) line <- current
    if (is.na(line)) { # the script does not parse: R's message begins with the place
      place <- regmatches(message, regexec("^[^:\n]*:([0-9]+):[0-9]+: ", message))[[1L]]
      if (length(place)) {
        line <- as.integer(place[2L])
        message <- substring(message, nchar(place[1L]) + 1L)
      }
    }
    name <- vapply(calls[user], function(each) deparse(each[[1L]], nlines = 1L)[1L], "")
    user <- user[!name %in% c(".handleSimpleError", "h")]
    trace <- vapply(user, function(each) {
      sprintf("%s, line %d: %s", script_name, lines[each], deparse(calls[[each]], nlines = 1L)[1L])
    }, "")
    where <- if (is.null(call) || is.na(current)) "" else paste0(" in ", deparse(call, nlines = 1L)[1L])
    if (startsWith(where, " in eval(") || startsWith(where, " in withVisible(")) where <- ""
    con <- file(file.path(folder, "error"), "wb")
    write_text(c(message, where, trace), con)
    writeBin(line, con)
    close(con)
    writeLines(paste0("Error", where, ": ", message), stderr())
    quit(save = "no", status = 1L, runLast = FALSE)
  }

  # Run

  options(device = open_device, warn = 1, keep.source = TRUE, stringsAsFactors = FALSE)
  seed <- setting("seed")
  if (length(seed)) set.seed(as.integer(seed))
  withCallingHandlers(
    {
      lines <- readLines(file.path(folder, "script"), encoding = "UTF-8", warn = FALSE)
      source <- srcfilecopy(script_name, lines)
      statements <- parse(text = lines, keep.source = TRUE, srcfile = source, encoding = "UTF-8")
      places <- attr(statements, "srcref")
      for (place in seq_along(statements)) {
        statement <- statements[[place]]
        current <- places[[place]][1L]
        shown <- withVisible(eval(statement, globalenv()))
        if (shown$visible) print(shown$value)
      }
    },
    error = tell
  )
  graphics.off()
})
