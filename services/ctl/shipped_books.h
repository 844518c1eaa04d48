#ifndef ELP_CTL_SHIPPED_BOOKS_H
#define ELP_CTL_SHIPPED_BOOKS_H

#include <stddef.h>

/* The books of deploy/conventions as they were when elpctl was built (cmake/shipped_books.cmake), in the order of their years. */
struct shipped_book {
    const char *convention; /* "2024"; NULL ends the list */
    const char *path;       /* for messages: "deploy/conventions/2024.yaml" */
    const char *text;
    size_t bytes;
};

extern const struct shipped_book shipped_books[];

#endif
