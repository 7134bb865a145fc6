# SPDX-License-Identifier: BSD-2-Clause
# The installed program beside the headers: Wireshark loads a plugin only if it was built for its own
# minor version, and knows best where it looks for plugins and profiles.
find_program(FLOWSCOPE_TSHARK tshark HINTS ${Wireshark_INSTALL_PREFIX}/bin)

set(FLOWSCOPE_PLUGIN_FOLDER ${Wireshark_PLUGIN_INSTALL_DIR})
set(FLOWSCOPE_DATA_FOLDER ${Wireshark_INSTALL_PREFIX}/share/wireshark)

if(FLOWSCOPE_TSHARK)
    execute_process(COMMAND ${FLOWSCOPE_TSHARK} --version OUTPUT_VARIABLE said ERROR_QUIET)
    if(said MATCHES "^TShark [^0-9]*([0-9]+\\.[0-9]+)\\.?([^ \n]*)")
        set(minor ${CMAKE_MATCH_1})
        if(NOT minor STREQUAL "${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION}")
            message(FATAL_ERROR "The plugin SDK is that of Wireshark ${Wireshark_VERSION}, but \
${FLOWSCOPE_TSHARK} is ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}, which would not load what is built with it.\n\
Install wireshark-dev and tshark of the same version, or name another one by -DFLOWSCOPE_TSHARK=PATH.")
        endif()
    endif()
    execute_process(COMMAND ${FLOWSCOPE_TSHARK} -G folders OUTPUT_VARIABLE said ERROR_QUIET)
    if(said MATCHES "\nGlobal Plugins:[ \t]+([^\n]+)")
        set(FLOWSCOPE_PLUGIN_FOLDER ${CMAKE_MATCH_1})
    endif()
    if(said MATCHES "\nGlobal configuration:[ \t]+([^\n]+)")
        set(FLOWSCOPE_DATA_FOLDER ${CMAKE_MATCH_1})
    endif()
else()
    message(STATUS "tshark is not installed: the plugin goes to ${FLOWSCOPE_PLUGIN_FOLDER}")
endif()
